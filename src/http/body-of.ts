import type { FastifyRequest } from 'fastify'

/** A missing body is an empty one, so that it gets the dialect's own refusal. */
export function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}
