import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { errorCodes } from '../../shared/errors.ts'
import { version } from '../../shared/version.ts'
import type { ApiRoute } from './api-route.ts'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document of routes, made from the same schemas that check their requests. */
function openApiDocument(parts: Readonly<Record<string, readonly ApiRoute[]>>): Json {
  const paths: Record<string, Json> = {}
  for (const [prefix, routes] of Object.entries(parts)) {
    for (const route of routes) {
      const path = `${prefix}${route.url}`.replaceAll(/:(\w+)/g, '{$1}')
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(prefix, route) }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Catraca',
      version,
      description:
        'The operator’s API (`/api/admin`) and the client’s portal (`/api/portal`). Money is a decimal text, times are ISO 8601 in UTC.',
    },
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'catraca.session_token' },
      },
      responses: { Error: { description: 'A refusal in words', content: json(errorSchema) } },
    },
  }
}

/** `GET /api/openapi.json`. Open to everybody: it tells what the source code tells. */
export function openApi(app: FastifyInstance, parts: Readonly<Record<string, readonly ApiRoute[]>>): void {
  let text: string | undefined
  app.get('/api/openapi.json', async (_request, reply) => {
    text ??= JSON.stringify(openApiDocument(parts))
    return reply.type('application/json').send(text)
  })
}

const errorSchema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: { code: { type: 'string', enum: Object.keys(errorCodes) }, message: { type: 'string' } },
      required: ['code', 'message'],
    },
  },
  required: ['error'],
}

function operation(prefix: string, { method, url, summary, access, input, output }: ApiRoute): Json {
  const query = input.query ? Object.keys(input.query.shape) : []
  const isList = query.includes('format')
  return {
    operationId: `${method.toLowerCase()}${`${prefix}${url}`.replaceAll(/[^A-Za-z]+(\w)/g, (_all, first: string) => first.toUpperCase())}`,
    summary,
    tags: [prefix === '/api/portal' ? 'portal' : (url.split('/')[1] ?? 'admin')],
    description: prefix === '/api/portal' ? 'For users of a client.' : access === 'write' ? 'For administrators.' : 'For every operator.',
    /** For whom, as a program reads it. */
    'x-access': prefix === '/api/portal' ? 'client' : access,
    security: prefix === '/api/portal' ? [{ session: [] }] : [{ token: [] }, { session: [] }],
    parameters: [...parameters('path', input.params), ...parameters('query', input.query)],
    ...(input.body && { requestBody: { required: true, content: json(toSchema(input.body, 'input')) } }),
    responses: {
      200: {
        description: 'OK',
        content: { ...contentOf(output), ...(isList && { 'text/csv': { schema: { type: 'string' } } }) },
      },
      default: { $ref: '#/components/responses/Error' },
    },
  }
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = toSchema(schema, 'input') as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

function contentOf(output: z.ZodType): Json {
  const file = output.meta()?.contentType
  return typeof file === 'string' ? { [file]: { schema: { type: 'string', format: 'binary' } } } : json(toSchema(output, 'output'))
}

const json = (schema: unknown): Json => ({ 'application/json': { schema } })

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
