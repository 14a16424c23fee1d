import { BodyTap, malformedAnswer } from '../body-tap.ts'
import { refuse } from '../refuse.ts'
import { errorOf } from './answer.ts'
import { bitsPerSecond } from './audio-duration.ts'
import { BodyEndTap } from './body-end-tap.ts'
import { jsonKind, optionalText, requiredText, textTokens } from './json-kind.ts'

/**
 * Models that are billed by tokens count what they say: OpenAI's own figure is $0.015 a minute at $12 a million, 1,250 tokens
 * (https://developers.openai.com/api/docs/models/gpt-4o-mini-tts). The slowest characters, digits above all, take half a second.
 */
const tokensPerSecond = 21
const secondsPerCharacter = 0.5
/** 16 bits at 24 kHz: https://platform.openai.com/docs/guides/text-to-speech#supported-output-formats */
const pcmBitsPerSecond = 384_000

/** `POST /v1/audio/speech`: https://platform.openai.com/docs/api-reference/audio/createSpeech */
export const speech = jsonKind({
  kind: 'speech',
  apiType: 'speech',
  read(body) {
    const input = requiredText(body, 'input')
    if (body.stream_format === 'sse') throw refuse('stream_format', 'speech is streamed as sound here: leave stream_format out')
    const characters = [...input].length
    return {
      inputTokens: textTokens(input, optionalText(body, 'instructions')),
      outputTokens: Math.ceil((characters * secondsPerCharacter + 1) * tokensPerSecond),
      units: { characters },
      isMeasured: true,
      stream: true,
    }
  },
  createTap({ inputTokensBound, body }, contentType) {
    if (/^\s*application\/(?:[\w.-]+\+)?json\b/i.test(contentType ?? '')) return new BodyTap((said) => errorOf(said) ?? noSound())
    const isText = /^\s*text\//i.test(contentType ?? '')
    let bytes = 0
    let bits = body.response_format === 'pcm' ? pcmBitsPerSecond : undefined
    const tap = new SoundTap(isText, (piece) => {
      if (bytes === 0) bits ??= bitsPerSecond(piece)
      bytes += piece.length
      tap.report.outputBytes = bytes
      // The answer tells no usage; where its format has one rate, the length of what was heard does.
      if (bits !== undefined) {
        const outputTokens = Math.ceil(((bytes * 8) / bits) * tokensPerSecond)
        tap.report.estimate = { inputTokens: Math.ceil(inputTokensBound / 3), outputTokens }
      }
    })
    return tap
  },
})

/** Words, or nothing at all, are no answer to who asked for sound: another target may still have it. */
class SoundTap extends BodyEndTap {
  readonly #isText: boolean

  constructor(isText: boolean, onPiece: (piece: Buffer) => void) {
    super(onPiece)
    this.#isText = isText
  }

  /** Nothing of it goes to the caller. */
  get broken(): boolean {
    return this.#isText
  }

  override end(): ReturnType<BodyEndTap['end']> {
    const { tail } = super.end()
    return this.#isText || tail.length === 0 ? { tail: [], error: noSound() } : { tail, error: undefined }
  }
}

function noSound() {
  return malformedAnswer('is no sound')
}
