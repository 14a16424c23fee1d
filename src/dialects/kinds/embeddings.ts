import { isRecord } from '../../shared/is-record.ts'
import { BodyTap, malformedAnswer } from '../body-tap.ts'
import { callOverheadTokens, messageOverheadTokens } from '../input-overheads.ts'
import { refuse } from '../refuse.ts'
import { errorOf, inputUsage } from './answer.ts'
import { type Body, jsonKind } from './json-kind.ts'

/** `POST /v1/embeddings`: https://platform.openai.com/docs/api-reference/embeddings */
export const embeddings = jsonKind({
  kind: 'embeddings',
  apiType: 'embeddings',
  read: (body) => ({ inputTokens: inputTokens(body), outputTokens: 0 }),
  createTap: () =>
    new BodyTap((body, report) => {
      if (!isRecord(body) || !Array.isArray(body.data)) return errorOf(body) ?? malformedAnswer('has no embeddings')
      report.usage = inputUsage(body.usage)
      const metadata = body.provider_metadata ?? body.providerMetadata
      if (isRecord(metadata) && isRecord(metadata.gateway)) report.gatewayMetadata = metadata.gateway
      return undefined
    }),
})

/** Texts count a token a byte; inputs that are tokens already count themselves. */
function inputTokens({ input }: Body): number {
  const isTokens = (value: unknown): value is number[] => Array.isArray(value) && value.length > 0 && value.every(Number.isSafeInteger)
  const items: unknown[] = Array.isArray(input) && !isTokens(input) ? input : [input]
  if (items.length === 0) throw refuse('input', 'input must hold something to embed')
  return items.reduce<number>((sum, item, at) => {
    if (typeof item === 'string') return sum + Buffer.byteLength(item) + messageOverheadTokens
    if (isTokens(item)) return sum + item.length + messageOverheadTokens
    throw refuse(Array.isArray(input) ? `input[${at}]` : 'input', 'input must be a text, tokens, or a list of either')
  }, callOverheadTokens)
}
