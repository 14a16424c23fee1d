import type { FastifyInstance } from 'fastify'
import { openaiChat } from '../../dialects/index.ts'
import type { HttpContext } from '../http-context.ts'
import { dialectRoute } from './dialect-route.ts'

/** `POST /v1/chat/completions`: the OpenAI dialect, streamed or not, for any model. */
export function chatCompletions(app: FastifyInstance, context: HttpContext): void {
  dialectRoute(app, context, '/v1/chat/completions', openaiChat)
}
