import type { FastifyInstance } from 'fastify'
import type { Client } from '../../clients/index.ts'
import { kinds as dialects, type KindDialect, type KindName, openaiChat } from '../../dialects/index.ts'
import { guardKind, kindAttempt, textsToModerate } from '../../gateway/index.ts'
import { bodyOf } from '../body-of.ts'
import type { WholeRequest } from '../fast-lane.ts'
import type { HttpContext } from '../http-context.ts'
import { answerRequest, presentedBy, type ReadRequest } from './answer-request.ts'

const paths: Readonly<Record<KindName, string>> = {
  embeddings: '/v1/embeddings',
  transcriptions: '/v1/audio/transcriptions',
  translations: '/v1/audio/translations',
  speech: '/v1/audio/speech',
  images: '/v1/images/generations',
  'image-edits': '/v1/images/edits',
  moderations: '/v1/moderations',
}

/** OpenAI takes recordings of 25 MB, and a form has a little more; chats have no such files. */
const uploadLimitBytes = 26 * 1024 * 1024
const uploads: ReadonlySet<KindName> = new Set<KindName>(['transcriptions', 'translations', 'image-edits'])

/** Between two pieces of sound nothing may stand. */
const noPing = Buffer.alloc(0)

/** OpenAI's endpoints that are no chat, through the same pipeline, for models whose provider takes them as they are. */
export function kinds(app: FastifyInstance, context: HttpContext): void {
  for (const dialect of Object.values(dialects)) {
    const { kind } = dialect
    const bodyLimit = uploads.has(kind) ? Math.max(context.bodyLimitBytes, uploadLimitBytes) : context.bodyLimitBytes
    kindRoute(app, context, { path: paths[kind], dialect, bodyLimit })
  }
}

function kindRoute(
  app: FastifyInstance,
  context: HttpContext,
  { path, dialect, bodyLimit }: { path: string; dialect: KindDialect; bodyLimit: number },
): void {
  const isSound = dialect.kind === 'speech'
  const read = ({ headers, body }: WholeRequest, client: Client): ReadRequest => {
    const parsed = guardKind(client, dialect, dialect.parse(body, headers['content-type']))
    return {
      demand: parsed,
      userTexts: textsToModerate(client, parsed.body),
      attempt: kindAttempt(context.upstream, dialect, parsed),
      isStream: parsed.stream,
      isSound,
      ...(isSound && { ping: noPing }),
      identity: [`POST ${path}`, parsed.raw],
    }
  }
  app.post(path, { bodyLimit }, (request, reply) => {
    const { headers } = request
    const who = () => presentedBy(context, headers)
    return answerRequest(context, { headers, body: bodyOf(request) }, reply.hijack().raw, openaiChat, read, who)
  })
}
