import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { asActor, isConnectionError } from '../../database/index.ts'
import { InvalidRequestError, LedgerUnavailableError, PermissionError } from '../../shared/errors.ts'
import { stringify } from '../../shared/stringify.ts'
import type { Caller } from '../auth/index.ts'
import { fromFastify } from '../from-fastify.ts'
import type { HttpContext } from '../http-context.ts'
import type { ApiContext, ApiRoute } from './api-route.ts'
import { csvLine } from './csv.ts'
import { ApiFile } from './file.ts'
import { longestPage, type Page } from './list.ts'
import { liveEvents } from './live-events.ts'

export interface RoutesOptions {
  prefix: '/api/admin' | '/api/portal'
  routes: readonly ApiRoute[]
  context: HttpContext
  /** Throws AuthenticationError or PermissionError for whoever has no business here. */
  authenticate(request: FastifyRequest): Promise<Caller>
  /** Routes that answer in a way of their own. */
  also?(api: FastifyInstance): void
  /** What the prefix's routes get besides: the portal's client. */
  contextOf?(caller: Caller): object
}

/** Serves the routes: who asks, whether they may, what they ask for, the answer as JSON or, for a list, as CSV. */
export function registerRoutes(app: FastifyInstance, { prefix, routes, context, authenticate, also, contextOf }: RoutesOptions): void {
  app.register(
    async (api) => {
      api.decorateRequest('caller')
      api.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store')
        request.caller = await authenticate(request)
      })
      api.setErrorHandler((thrown, request, reply) => sendError(context, thrown, request, reply))
      api.setReplySerializer(stringify)
      liveEvents(api, context, authenticate)
      also?.(api)
      for (const route of routes) {
        api.route({
          method: route.method,
          url: route.url,
          handler: async (request, reply) => {
            const caller = request.caller as Caller
            authorise(route, caller)
            const input = readInput(route, request)
            const own: ApiContext = { ...context, ...contextOf?.(caller), owner: asActor(context.owner, caller.name), caller }
            if (isCsv(input.query)) return sendCsv(reply, route, own, input)
            const answer = await route.handle(own, input)
            return answer instanceof ApiFile ? sendFile(reply, answer) : answer
          },
        })
      }
    },
    { prefix },
  )
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined
  }
}

function authorise({ access }: ApiRoute, { role }: Caller): void {
  if (access === 'write' && role === 'viewer') {
    throw new PermissionError('not_allowed', 'Your account may look and change nothing. Ask an administrator.')
  }
}

type Input = Parameters<ApiRoute['handle']>[1]

function readInput({ input }: ApiRoute, request: FastifyRequest): Input {
  return {
    params: parse(input.params ?? nothing, request.params, 'the address'),
    query: parse(input.query ?? nothing, request.query, 'the query'),
    body: input.body && parse(input.body, readJson(request.body), 'the body'),
  }
}

const nothing = z.object({})

function readJson(body: unknown): unknown {
  try {
    return JSON.parse(String(body))
  } catch (cause) {
    throw new InvalidRequestError('invalid_body', 'The body is not JSON.', { cause })
  }
}

/** Every problem at once, each with the field's name. */
function parse(schema: z.ZodType, value: unknown, where: string): unknown {
  const parsed = (schema instanceof z.ZodObject ? schema.strict() : schema).safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
  throw new InvalidRequestError('invalid_body', `Something is wrong with ${where}. ${problems.join('; ')}`, { details: { problems } })
}

function isCsv(query: unknown): query is { format: 'csv' } {
  return typeof query === 'object' && query !== null && 'format' in query && query.format === 'csv'
}

function sendFile(reply: FastifyReply, { contentType, name, body }: ApiFile): FastifyReply {
  // Bytes: the reply's serializer would take a text for JSON.
  return reply.type(contentType).header('content-disposition', `attachment; filename="${name}"`).send(Buffer.from(body))
}

async function sendCsv(reply: FastifyReply, route: ApiRoute, context: ApiContext, input: Input): Promise<FastifyReply> {
  const columns = columnsOf(route.output)
  const name = route.url
    .split('/')
    .filter((part) => part !== '' && !part.startsWith(':'))
    .join('-')
  // The first page before the headers: what is wrong with the query is still an error with its status.
  const first = await readPage(route, context, input, undefined)
  reply.header('content-type', 'text/csv; charset=utf-8')
  reply.header('content-disposition', `attachment; filename="${name}.csv"`)
  return await reply.send(Readable.from(csvOf(columns, first, (cursor) => readPage(route, context, input, cursor))))
}

async function* csvOf(columns: readonly string[], first: RowsPage, read: (cursor: string) => Promise<RowsPage>): AsyncGenerator<string> {
  // With the mark by which Excel knows UTF-8.
  yield `\uFEFF${csvLine(columns)}`
  for (let page = first; ; page = await read(page.next)) {
    yield page.items.map((item) => csvLine(columns.map((column) => item[column]))).join('')
    if (page.next === null) return
  }
}

type RowsPage = Page<Record<string, unknown>>

async function readPage(route: ApiRoute, context: ApiContext, input: Input, cursor: string | undefined): Promise<RowsPage> {
  const query = { ...(input.query as object), limit: longestPage, cursor }
  return (await route.handle(context, { ...input, query })) as RowsPage
}

/** The fields of a list's items, in the order of their schema. */
function columnsOf(output: z.ZodType): string[] {
  const items = output instanceof z.ZodObject ? output.shape.items : undefined
  const item = items instanceof z.ZodArray ? items.element : undefined
  return item instanceof z.ZodObject ? Object.keys(item.shape) : []
}

function sendError(context: HttpContext, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = fromFastify(asRefusal(thrown), request.routeOptions.bodyLimit ?? context.bodyLimitBytes)
  if (error.code === 'internal') context.log.error(`[API] ${request.method} ${request.routeOptions.url} failed`, thrown)
  const { code, publicMessage: message, details, retryAfterMs } = error
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1_000))
  return reply.code(error.httpStatus).send({ error: { code, message, ...details } })
}

/**
 * What the database's own rules refuse (a time zone that is none, a name that is taken) is a wrong request, in the rule's words; where it
 * cannot be reached, nothing is wrong with the request.
 */
function asRefusal(thrown: unknown): unknown {
  if (isConnectionError(thrown)) {
    return new LedgerUnavailableError('The database cannot be reached. Try again shortly.', { cause: thrown, retryAfterMs: 1_000 })
  }
  const isRule = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && /^2[23][\dP]\d{2}$/.test(thrown.code)
  return isRule ? new InvalidRequestError('invalid_body', thrown.message, { cause: thrown }) : thrown
}
