import { isRecord } from '../../shared/is-record.ts'
import { BodyTap, malformedAnswer } from '../body-tap.ts'
import type { AnswerReport, ParsedRequest } from '../dialect.ts'
import { refuse } from '../refuse.ts'
import { errorOf, mediaUsage, millisecondsOf } from './answer.ts'
import { audioDuration } from './audio-duration.ts'
import { BodyEndTap } from './body-end-tap.ts'
import type { FormPart } from './form.ts'
import { formKind } from './form-kind.ts'
import { asksStream, type Body, type Demand, optionalText, refuseStream, textTokens } from './json-kind.ts'
import { isEventStream, MediaStreamTap, type ReadEvent } from './media-stream-tap.ts'

/** OpenAI counts 10 tokens a second of sound; twice that, because nobody promises it. Fast speech in a costly script has 15. */
const countedTokensPerSecond = 10
const tokensPerSecondHeard = 20
const tokensPerSecondSaid = 20
const leastOutputTokens = 256

/** `POST /v1/audio/transcriptions`: https://platform.openai.com/docs/api-reference/audio/createTranscription */
export const transcriptions = formKind({ kind: 'transcriptions', apiType: 'transcription', read, createTap })

/** `POST /v1/audio/translations`: the same, into English, and never streamed. */
export const translations = formKind({
  kind: 'translations',
  apiType: 'transcription',
  read(fields, files) {
    refuseStream(fields, 'translations')
    return read(fields, files)
  },
  createTap,
})

function read(fields: Body, files: readonly FormPart[]): Demand {
  // A recording that the provider fetches itself may be of any length.
  if (fields.url !== undefined) throw refuse('url', 'url cannot be used here: send the recording as file')
  const [file, second] = files
  if (!file || second || file.name !== 'file' || file.value.length === 0) throw refuse('file', 'file must be one recording')
  const { audioMs, isExact } = audioDuration(file.value)
  const seconds = Math.ceil(audioMs / 1000) + 1
  return {
    inputTokens: textTokens(optionalText(fields, 'prompt')) + seconds * tokensPerSecondHeard,
    outputTokens: leastOutputTokens + seconds * tokensPerSecondSaid,
    units: { audioMs },
    isMeasured: isExact,
    stream: asksStream(fields),
  }
}

/** Not every answer tells a length or tokens: Groq's says them in `verbose_json` only, and a plain text or subtitles never do. */
function createTap({ body: { response_format: format }, stream, inputTokensBound }: ParsedRequest, contentType: string | undefined) {
  // What was heard is known, said or not: the bound is twice what is counted.
  const heard = Math.ceil((inputTokensBound * countedTokensPerSecond) / tokensPerSecondHeard)
  if (stream && isEventStream(contentType)) return new MediaStreamTap((event, report) => readEvent(event, report, heard))
  if (format === 'text' || format === 'srt' || format === 'vtt') return new BodyEndTap()
  return new BodyTap((body, report) => {
    if (!isRecord(body) || typeof body.text !== 'string') return errorOf(body) ?? malformedAnswer('has no text')
    readUsage(body, report)
    noteSaid(report, body.text, heard)
    return undefined
  })
}

/** https://platform.openai.com/docs/api-reference/audio/transcript-text-delta-event */
function readEvent(event: Record<string, unknown>, report: AnswerReport, heard: number): ReturnType<ReadEvent> {
  const { type, delta, text } = event
  if (type === 'transcript.text.done') {
    readUsage(event, report)
    return 'end'
  }
  // A segment repeats what its deltas have said, where there are any.
  const said = type === 'transcript.text.delta' ? delta : type === 'transcript.text.segment' && report.outputPieces === 0 ? text : undefined
  if (typeof said !== 'string' || said === '') return undefined
  noteSaid(report, said, heard)
  return 'content'
}

function readUsage({ usage: said, duration }: Record<string, unknown>, report: AnswerReport): void {
  const usage = isRecord(said) ? said : {}
  report.usage = mediaUsage(usage)
  // Mistral tells the seconds among its tokens: https://docs.mistral.ai/capabilities/audio_transcription
  const audioMs = millisecondsOf(usage.type === 'duration' ? usage.seconds : (duration ?? usage.prompt_audio_seconds))
  if (audioMs !== undefined) report.units = { audioMs }
}

function noteSaid(report: AnswerReport, text: string, heard: number): void {
  report.outputBytes += Buffer.byteLength(text)
  report.outputPieces += 1
  report.estimate = { inputTokens: heard, outputTokens: Math.max(report.outputPieces, Math.ceil(report.outputBytes / 3)) }
}
