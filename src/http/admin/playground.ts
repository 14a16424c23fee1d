import type { FastifyInstance, FastifyRequest } from 'fastify'
import { getClient } from '../../clients/index.ts'
import { openaiChat } from '../../dialects/index.ts'
import { PermissionError } from '../../shared/errors.ts'
import type { HttpContext } from '../http-context.ts'
import { dialectRoute } from '../inference/dialect-route.ts'

/**
 * `POST /api/admin/clients/{client}/chat/completions`: a chat as that client, streamed or not, as `/v1/chat/completions` answers it. It
 * is booked on the client with the source `test`, so it needs no client key, and may be of any model.
 */
export function playground(api: FastifyInstance, context: HttpContext): void {
  dialectRoute(api, context, '/clients/:client/chat/completions', openaiChat, async ({ owner }, request) => {
    if (request.caller?.role !== 'admin')
      throw new PermissionError('not_allowed', 'Your account may look and change nothing. Ask an administrator.')
    return { client: await getClient(owner, clientOf(request)), key: undefined, source: 'test' }
  })
}

function clientOf(request: FastifyRequest): string {
  return (request.params as { client: string }).client
}
