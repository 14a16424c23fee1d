import { BodyTap, malformedAnswer } from '../body-tap.ts'
import type { ParsedRequest } from '../dialect.ts'
import { isRecord } from '../is-record.ts'
import { refuse } from '../refuse.ts'
import { errorOf, mediaUsage, millisecondsOf } from './answer.ts'
import { audioDuration } from './audio-duration.ts'
import { BodyEndTap } from './body-end-tap.ts'
import type { FormPart } from './form.ts'
import { formKind } from './form-kind.ts'
import { type Body, type Demand, optionalText, refuseStream, textTokens } from './json-kind.ts'

/** OpenAI counts 10 tokens a second of sound; twice that, because nobody promises it. Fast speech in a costly script has 15. */
const tokensPerSecondHeard = 20
const tokensPerSecondSaid = 20
const leastOutputTokens = 256

/** `POST /v1/audio/transcriptions`: https://platform.openai.com/docs/api-reference/audio/createTranscription */
export const transcriptions = formKind({ kind: 'transcriptions', apiType: 'transcription', read, createTap })

/** `POST /v1/audio/translations`: the same, into English. */
export const translations = formKind({ kind: 'translations', apiType: 'transcription', read, createTap })

function read(fields: Body, files: readonly FormPart[]): Demand {
  // A recording that the provider fetches itself may be of any length.
  if (fields.url !== undefined) throw refuse('url', 'url cannot be used here: send the recording as file')
  const [file, second] = files
  if (!file || second || file.name !== 'file' || file.value.length === 0) throw refuse('file', 'file must be one recording')
  refuseStream(fields, 'transcripts')
  const { audioMs, isExact } = audioDuration(file.value)
  const seconds = Math.ceil(audioMs / 1000) + 1
  return {
    inputTokens: textTokens(optionalText(fields, 'prompt')) + seconds * tokensPerSecondHeard,
    outputTokens: leastOutputTokens + seconds * tokensPerSecondSaid,
    units: { audioMs },
    isMeasured: isExact,
  }
}

/** Not every answer tells a length or tokens: Groq's says them in `verbose_json` only, and a plain text or subtitles never do. */
function createTap({ body: { response_format: format } }: ParsedRequest) {
  if (format === 'text' || format === 'srt' || format === 'vtt') return new BodyEndTap()
  return new BodyTap((body, report) => {
    if (!isRecord(body) || typeof body.text !== 'string') return errorOf(body) ?? malformedAnswer('has no text')
    const usage = isRecord(body.usage) ? body.usage : {}
    report.usage = mediaUsage(usage)
    const audioMs = millisecondsOf(usage.type === 'duration' ? usage.seconds : body.duration)
    if (audioMs !== undefined) report.units = { audioMs }
    report.outputBytes = Buffer.byteLength(body.text)
    return undefined
  })
}
