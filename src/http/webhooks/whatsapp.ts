import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { webhookPath } from '../../conversations/index.ts'
import { isConnectionError } from '../../database/index.ts'
import { LedgerUnavailableError } from '../../shared/errors.ts'
import type { HttpContext } from '../http-context.ts'

/** Meta's deliveries have at most 3 MB. */
const bodyLimit = 3 * 1024 * 1024
const path = webhookPath(':channel')

/**
 * `/webhooks/whatsapp/:channel`: Meta's GET to see whether the address is ours, and its POST of deliveries, which is answered as soon as all of
 * it is stored. Refusals say nothing of why, and change nothing. A 503 makes Meta deliver again.
 */
export function whatsappWebhook(app: FastifyInstance, { whatsapp, log }: HttpContext): void {
  app.get<{ Params: { channel: string }; Querystring: Record<string, unknown> }>(path, async (request, reply) => {
    const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = request.query
    const answer = await whatsapp.verify(request.params.channel, { mode, token, challenge })
    if (answer === undefined) return reply.code(403).send({ error: 'Forbidden' })
    return reply.type('text/plain; charset=utf-8').send(answer)
  })

  app.post<{ Params: { channel: string } }>(path, { bodyLimit, onRequest: refuseUnsigned }, async (request, reply) => {
    const { body } = request
    const signature = request.headers['x-hub-signature-256']
    try {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
      const outcome = await whatsapp.receive(request.params.channel, bytes, typeof signature === 'string' ? signature : undefined)
      if (outcome === 'refused') return reply.code(401).send({ error: 'Unauthorized' })
      return reply.code(200).send({ status: 'stored' })
    } catch (error) {
      if (!isConnectionError(error) && !(error instanceof LedgerUnavailableError))
        log.error('[WhatsApp] a delivery could not be stored', error)
      return reply.code(503).header('retry-after', '1').send({ error: 'Not stored: deliver it again.' })
    }
  })
}

/** Before its body is read: nobody fills the memory without so much as a signature. */
async function refuseUnsigned({ headers }: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (headers['x-hub-signature-256'] === undefined) await reply.code(401).send({ error: 'Unauthorized' })
}
