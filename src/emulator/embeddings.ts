import { createHash } from 'node:crypto'
import { asArray, asNumber, asRecord, asText } from './as-record.ts'
import { plainAsk, type Refusal } from './ask.ts'
import { countTextTokens } from './count-tokens.ts'
import { readGooglePath, readParts } from './google-generate.ts'
import { inputOnly, json, type PlainAsk, parseBody, type ReadPlain } from './plain-format.ts'

/** `POST /embeddings`, OpenAI's and the Vercel AI Gateway's. */
export const openaiEmbeddings: ReadPlain = (raw) => {
  const body = asRecord(parseBody(raw))
  const model = asText(body.model)
  if (model === undefined) return { status: 400, message: 'you must provide a model parameter', type: 'invalid_request_error' }
  const inputs = (Array.isArray(body.input) ? body.input : [body.input]).map((input) => asText(input) ?? JSON.stringify(input ?? ''))
  if (body.input === undefined) return missingInput
  const size = asNumber(body.dimensions) ?? (model.includes('large') ? 3072 : 1536)
  const encode = body.encoding_format === 'base64' ? toBase64 : (vector: Float32Array) => [...vector]
  return embedding(model, inputs, asText(body.user), ({ usage, model: served }) =>
    json({
      object: 'list',
      data: inputs.map((input, index) => ({ object: 'embedding', index, embedding: encode(embed(input, size)) })),
      model: served,
      ...(usage === undefined ? {} : { usage: { prompt_tokens: usage.inputTokens, total_tokens: usage.inputTokens } }),
    }),
  )
}

const missingInput: Refusal = {
  status: 400,
  message: "Missing required parameter: 'input'.",
  type: 'invalid_request_error',
  param: 'input',
  code: 'missing_required_parameter',
}

/** `POST /v4/ai/embedding-model`, the AI SDK's protocol at the Vercel AI Gateway. */
export const aiSdkEmbeddings: ReadPlain = (raw, request) => {
  const body = asRecord(parseBody(raw))
  const inputs = asArray(body.values).map((value) => asText(value) ?? '')
  return embedding(request.header('ai-model-id'), inputs, undefined, ({ usage }) =>
    json({
      embeddings: inputs.map((input) => [...embed(input, asNumber(body.dimensions) ?? 1536)]),
      ...(usage === undefined ? {} : { usage: { tokens: usage.inputTokens } }),
    }),
  )
}

/** `POST /models/{model}:embedContent` and `:batchEmbedContents`. */
export const googleEmbeddings: ReadPlain = (raw, request) => {
  const body = asRecord(parseBody(raw))
  const { model, method } = readGooglePath(request.path)
  const contents = method === 'embedContent' ? [body] : asArray(body.requests).map(asRecord)
  const vectors = contents.map(({ content, outputDimensionality }) => ({
    text: readParts(content).text,
    size: asNumber(outputDimensionality) ?? 3072,
  }))
  return embedding(
    model,
    vectors.map(({ text }) => text),
    undefined,
    () => {
      const rendered = vectors.map(({ text, size }) => ({ values: [...embed(text, size)] }))
      return json(method === 'embedContent' ? { embedding: rendered[0] } : { embeddings: rendered })
    },
  )
}

function embedding(model: string, inputs: string[], user: string | undefined, render: PlainAsk['render']): PlainAsk {
  const ask = { ...plainAsk(model, [{ role: 'user', text: inputs.join('\n'), extraBytes: 0 }]), user }
  return { ask, usage: inputOnly(inputs.reduce((total, input) => total + countTextTokens(input), 0)), render }
}

/** A unit vector made of what the text is made of: the same text is the same vector, and texts that share most of their letters are near. */
function embed(text: string, size: number): Float32Array {
  const vector = new Float64Array(size)
  for (const piece of piecesOf(text)) {
    let state = createHash('sha1').update(piece).digest().readUInt32LE(0) | 1
    for (let at = 0; at < size; at += 1) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      vector[at] = (vector[at] ?? 0) + state / 2 ** 31
    }
  }
  const length = Math.hypot(...vector)
  return Float32Array.from(vector, (value) => value / length)
}

/** Each three letters in a row, of words without case, signs and directives; of a text without words, all of it. */
function piecesOf(text: string): string[] {
  const words = text
    .replace(/\[\[.*?\]\]/gs, ' ')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
  const spaced = words ? ` ${words.join(' ')} ` : text
  return Array.from({ length: Math.max(1, spaced.length - 2) }, (_, at) => spaced.slice(at, at + 3))
}

function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}
