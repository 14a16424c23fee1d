import type { AnswerUsage } from './answer.ts'
import { asNumber, asRecord, asText, type JsonRecord } from './as-record.ts'
import { plainAsk, type Refusal } from './ask.ts'
import { countTextTokens, splitWords } from './count-tokens.ts'
import { type Form, readMultipart } from './multipart.ts'
import { onePixelPng } from './one-pixel-png.ts'
import { inputOnly, json, type PlainAsk, type PlainContext, type PlainReply, parseBody, type ReadPlain } from './plain-format.ts'
import { type Frame, frame, namedSse } from './wire-format.ts'

const transcript = 'Olá, esta é uma demonstração da catraca.'
/** What a second of sound is taken to weigh when the file doesn't say: MP3 at 128 kbit/s. */
const mp3BytesASecond = 16_000

/** `POST /audio/transcriptions`; Groq adds its request id. */
export function transcription(flavour: 'openai' | 'groq'): ReadPlain {
  return (raw, request) => {
    const form = readMultipart(raw, request.header('content-type'))
    const model = form.fields.get('model')
    if (model === undefined) return invalid('you must provide a model parameter', 'model')
    if (form.file === undefined) return invalid("Missing required parameter: 'file'.", 'file')
    const seconds = audioSeconds(form.file)
    const prompt = form.fields.get('prompt') ?? ''
    // Whisper ignores the wish.
    const isStream = form.fields.get('stream') === 'true' && flavour === 'openai' && !model.startsWith('whisper')
    return {
      ask: { ...plainAsk(model, [{ role: 'user', text: prompt, extraBytes: 0 }]), stream: isStream },
      usage: inputOnly(Math.ceil(seconds * 10), countTextTokens(transcript)),
      audioSeconds: seconds,
      render: (context) => renderTranscript(flavour, form, seconds, context),
      frames: isStream ? (context) => transcriptFrames(form, seconds, context) : undefined,
    }
  }
}

/** A word a chunk; what its words do not cost, the end does. */
function* transcriptFrames(form: Form, seconds: number, context: PlainContext): Iterable<Frame> {
  const words = splitWords(transcript)
  for (const delta of words) yield frame(namedSse('transcript.text.delta', { delta }), 1)
  const end = { text: transcript, ...jsonUsage(form, seconds, context) }
  yield frame(namedSse('transcript.text.done', end), countTextTokens(transcript) - words.length, false)
}

function renderTranscript(flavour: 'openai' | 'groq', form: Form, seconds: number, context: PlainContext): PlainReply {
  const groq = flavour === 'groq' ? { x_groq: { id: context.requestId } } : {}
  switch (form.fields.get('response_format') ?? 'json') {
    case 'text':
      return { contentType: 'text/plain; charset=utf-8', body: `${transcript}\n` }
    case 'srt':
      return { contentType: 'text/plain; charset=utf-8', body: `1\n00:00:00,000 --> 00:00:01,000\n${transcript}\n\n` }
    case 'vtt':
      return { contentType: 'text/plain; charset=utf-8', body: `WEBVTT\n\n00:00.000 --> 00:01.000\n${transcript}\n\n` }
    case 'verbose_json':
      return json({
        task: 'transcribe',
        language: 'portuguese',
        duration: seconds,
        text: transcript,
        segments: [segment(seconds)],
        ...(flavour === 'openai' && context.usage !== undefined ? { usage: durationUsage(seconds, context.usage) } : {}),
        ...groq,
      })
    default:
      return json({
        text: isSoundless(form) ? '' : transcript,
        ...(flavour === 'openai' ? jsonUsage(form, seconds, context) : {}),
        ...groq,
      })
  }
}

/** Nothing is said in a WAV that ends with its header. */
function isSoundless({ file }: Form): boolean {
  return file !== undefined && file.length <= 44
}

/** A fault that makes the tokens lie makes the seconds lie with them: ten tokens are a second. */
function durationUsage(seconds: number, { inputTokens }: AnswerUsage): object {
  const isTrue = inputTokens === Math.ceil(seconds * 10)
  return { type: 'duration', seconds: isTrue ? Math.ceil(seconds) : inputTokens / 10 }
}

/** Whisper is told by the second, the GPT transcribers by the token. */
function jsonUsage(form: Form, seconds: number, { usage }: PlainContext): object {
  if (usage === undefined) return {}
  if (form.fields.get('model')?.startsWith('whisper') === true) return { usage: durationUsage(seconds, usage) }
  const { inputTokens, outputTokens } = usage
  return {
    usage: {
      type: 'tokens',
      input_tokens: inputTokens,
      input_token_details: { audio_tokens: inputTokens, text_tokens: 0 },
      output_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
    },
  }
}

function segment(seconds: number): object {
  const guesses = { tokens: [50364], temperature: 0, avg_logprob: -0.3, compression_ratio: 0.9, no_speech_prob: 0.01 }
  return { id: 0, seek: 0, start: 0, end: seconds, text: transcript, ...guesses }
}

/** From a WAV's own header; else by weight. */
function audioSeconds(file: Buffer): number {
  if (file.length > 44 && file.toString('latin1', 0, 4) === 'RIFF') {
    const bytesASecond = file.readUInt32LE(28)
    if (bytesASecond > 0) return Math.round(((file.length - 44) / bytesASecond) * 100) / 100
  }
  return Math.max(0.01, Math.round((file.length / mp3BytesASecond) * 100) / 100)
}

/** A frame of silence, 26 ms: MPEG-1 layer III, 128 kbit/s, 44.1 kHz. */
const mp3Frame = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(413)])

/** `POST /audio/speech`: silence, longer for longer texts. */
export const speech: ReadPlain = (raw) => {
  const body = asRecord(parseBody(raw))
  const model = asText(body.model)
  const input = asText(body.input)
  if (model === undefined) return invalid('you must provide a model parameter', 'model')
  if (input === undefined) return invalid("Missing required parameter: 'input'.", 'input')
  const frames = Math.max(1, Math.ceil(input.length / 2))
  return {
    ask: plainAsk(model, [{ role: 'user', text: input, extraBytes: 0 }]),
    usage: inputOnly(countTextTokens(input)),
    characters: [...input].length,
    render: () =>
      body.response_format === 'wav'
        ? { contentType: 'audio/wav', body: silentWav(frames * 1152) }
        : { contentType: 'audio/mpeg', body: Buffer.concat(Array.from({ length: frames }, () => mp3Frame)) },
  }
}

/** 16-bit mono at 44.1 kHz. */
export function silentWav(samples: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples * 2, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(44_100, 24)
  header.writeUInt32LE(88_200, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples * 2, 40)
  return Buffer.concat([header, Buffer.alloc(samples * 2)])
}

/** `POST /images/generations`: one transparent pixel as often as asked. */
export const images: ReadPlain = (raw): PlainAsk | Refusal => {
  return makeImages(asRecord(parseBody(raw)), 0, 'image_generation')
}

/** `POST /images/edits`: the same, from pictures. */
export const imageEdits: ReadPlain = (raw, request) => {
  const { fields, file } = readMultipart(raw, request.header('content-type'))
  if (file === undefined) return invalid("Missing required parameter: 'image'.", 'image')
  const [n, partial] = [fields.get('n'), fields.get('partial_images')]
  const numbers = { ...(n === undefined ? {} : { n: Number(n) }), ...(partial === undefined ? {} : { partial_images: Number(partial) }) }
  return makeImages({ ...Object.fromEntries(fields), stream: fields.get('stream') === 'true', ...numbers }, 300, 'image_edit')
}

function makeImages(body: JsonRecord, pictureTokens: number, event: 'image_generation' | 'image_edit'): PlainAsk | Refusal {
  const model = asText(body.model) ?? 'dall-e-2'
  const prompt = asText(body.prompt)
  if (prompt === undefined) return invalid("Missing required parameter: 'prompt'.", 'prompt')
  const count = Math.min(asNumber(body.n) ?? 1, 10)
  const asUrl = model.startsWith('dall-e') && body.response_format !== 'b64_json'
  const isStream = body.stream === true && !model.startsWith('dall-e')
  const partialImages = isStream ? (asNumber(body.partial_images) ?? 0) : 0
  const outputTokens = imageTokens * count + partialImageTokens * partialImages
  const tokens = inputOnly(countTextTokens(prompt) + pictureTokens, model.startsWith('dall-e') ? 0 : outputTokens)
  return {
    ask: { ...plainAsk(model, [{ role: 'user', text: prompt, extraBytes: 0 }]), user: asText(body.user), stream: isStream },
    usage: tokens,
    images: count,
    frames: isStream ? (context) => imageFrames(event, partialImages, context) : undefined,
    render: ({ createdSeconds, usage }) =>
      json({
        created: createdSeconds,
        data: Array.from({ length: count }, () => (asUrl ? { url: `data:image/png;base64,${onePixelPng}` } : { b64_json: onePixelPng })),
        ...(asUrl || usage === undefined || model.startsWith('dall-e') ? {} : { usage: imageUsage(usage.inputTokens, usage.outputTokens) }),
      }),
  }
}

const imageTokens = 272
const partialImageTokens = 100

function* imageFrames(event: string, partialImages: number, { createdSeconds, usage }: PlainContext): Iterable<Frame> {
  const picture = { b64_json: onePixelPng, created_at: createdSeconds, size: '1024x1024', quality: 'low', background: 'opaque' }
  for (let index = 0; index < partialImages; index++) {
    const fields = { ...picture, output_format: 'png', partial_image_index: index }
    yield frame(namedSse(`${event}.partial_image`, fields), partialImageTokens)
  }
  const said = usage === undefined ? {} : { usage: imageUsage(usage.inputTokens, usage.outputTokens) }
  yield frame(namedSse(`${event}.completed`, { ...picture, output_format: 'png', ...said }), imageTokens, partialImages === 0)
}

function imageUsage(inputTokens: number, outputTokens: number): object {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { text_tokens: inputTokens, image_tokens: 0 },
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  }
}

/** `POST /moderations`: what asks for it is flagged, as `[[flag violence]]` or `[[flag hate, harassment]]`. */
export const moderations: ReadPlain = (raw) => {
  const body = asRecord(parseBody(raw))
  if (body.input === undefined) return invalid("Missing required parameter: 'input'.", 'input')
  const inputs = Array.isArray(body.input) ? body.input : [body.input]
  const text = inputs.map((input) => asText(input) ?? asText(asRecord(input).text) ?? '').join('\n')
  return {
    ask: plainAsk(asText(body.model) ?? 'omni-moderation-latest', [{ role: 'user', text, extraBytes: 0 }]),
    usage: inputOnly(0),
    render: ({ requestId, model }) =>
      json({
        id: `modr-${requestId}`,
        model,
        results: inputs.map((input) => judge(asText(input) ?? asText(asRecord(input).text) ?? '')),
      }),
  }
}

const categories = ['harassment', 'harassment/threatening', 'hate', 'illicit', 'self-harm', 'sexual', 'sexual/minors', 'violence']

function judge(text: string): object {
  const asked =
    /\[\[flag ([^\]]+)\]\]/
      .exec(text)?.[1]
      ?.split(',')
      .map((category) => category.trim()) ?? []
  return {
    flagged: asked.length > 0,
    categories: Object.fromEntries(categories.map((category) => [category, asked.includes(category)])),
    category_scores: Object.fromEntries(categories.map((category) => [category, asked.includes(category) ? 0.99 : 0.01])),
  }
}

function invalid(message: string, param: string): Refusal {
  return { status: 400, message, type: 'invalid_request_error', param, code: 'missing_required_parameter' }
}
