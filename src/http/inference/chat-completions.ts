import type { FastifyInstance } from 'fastify'
import { openaiChat } from '../../dialects/index.ts'
import type { FastLane } from '../fast-lane.ts'
import type { HttpContext } from '../http-context.ts'
import { dialectRoute } from './dialect-route.ts'

const path = '/v1/chat/completions'

/** `POST /v1/chat/completions`: the OpenAI dialect, streamed or not, for any model. */
export function chatCompletions(app: FastifyInstance, context: HttpContext, lane: FastLane): void {
  lane.add(path, dialectRoute(app, context, path, openaiChat))
}
