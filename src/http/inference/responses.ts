import type { FastifyInstance, FastifyRequest } from 'fastify'
import { openaiResponses } from '../../dialects/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'
import type { FastLane } from '../fast-lane.ts'
import type { HttpContext } from '../http-context.ts'
import { presentedKey } from '../presented-key.ts'
import { dialectRoute } from './dialect-route.ts'

const path = '/v1/responses'

/** `POST /v1/responses`: OpenAI's Responses API, streamed or not, for any model. Nothing is stored, so nothing can be asked for later. */
export function responses(app: FastifyInstance, context: HttpContext, lane: FastLane): void {
  lane.add(path, dialectRoute(app, context, path, openaiResponses))

  const refuse = async (request: FastifyRequest) => {
    await context.clients.authenticate(presentedKey(request.headers))
    throw new InvalidRequestError(
      'not_found',
      'Responses are not stored here (store is always false): none can be read, continued, cancelled or deleted by its id.',
    )
  }
  app.route({ method: ['GET', 'DELETE'], url: '/v1/responses/:id', handler: refuse })
  app.get('/v1/responses/:id/input_items', refuse)
  app.post('/v1/responses/:id/cancel', refuse)
}
