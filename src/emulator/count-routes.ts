import { readCountTokens } from './anthropic-messages.ts'
import { asRecord } from './as-record.ts'
import { isRefusal } from './ask.ts'
import { countPromptTokens } from './count-tokens.ts'
import { googleGenerate } from './google-generate.ts'
import { inputOnly, json, parseBody, type ReadPlain } from './plain-format.ts'

/** Anthropic's `POST /messages/count_tokens`, which costs nothing. */
export const anthropicCountTokens: ReadPlain = (raw) => {
  const ask = readCountTokens(asRecord(parseBody(raw)))
  if (isRefusal(ask)) return ask
  return { ask, usage: inputOnly(0), render: () => json({ input_tokens: countPromptTokens(ask) }) }
}

/** Google's `:countTokens`. */
export const googleCountTokens: ReadPlain = (raw, request) => {
  const body = asRecord(parseBody(raw))
  const ask = googleGenerate.read(asRecord(body.generateContentRequest ?? body), request)
  if (isRefusal(ask)) return ask
  const tokens = countPromptTokens(ask)
  return {
    ask,
    usage: inputOnly(0),
    render: () => json({ totalTokens: tokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }] }),
  }
}
