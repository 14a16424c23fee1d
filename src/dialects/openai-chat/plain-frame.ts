import { closingQuote } from '../scan-object.ts'

const dataStart = 'data: {'
const contentStart = '"delta":{"content":"'
const usageNull = '"usage":null'
const paddingStart = ',"obfuscation":"'
const paddingEnd = '"}\n\n'

/**
 * The hot path: a frame that is one piece of text and nothing else is recognised by a few comparisons, without parsing it. Frames of
 * one stream differ in little but their text, so what stood before and after the text of the last such frame is tried first.
 * Frames hold one byte a character (latin1), so that offsets are byte offsets. Safe, because inside a JSON string no quote stands
 * without its backslash: each key that is searched for is, where found, a key.
 */
export class PlainFrames {
  /** Where `"usage":null` and the comma beside it stood in the frame that was just recognised; -1 where it was not there. */
  usageNullFrom = -1
  usageNullTo = -1
  #contentAt = 0
  #tail = ''
  #tailIsPadded = false
  #usageInTail = -1

  /** The bytes of text the frame brings, counted as escaped in JSON and so never too few; 0 for a frame that must be read in full. */
  contentBytes(frame: string): number {
    if (!frame.startsWith(contentStart, this.#contentAt)) {
      this.#contentAt = frame.startsWith(dataStart) ? Math.max(frame.indexOf(contentStart), 0) : 0
      if (this.#contentAt === 0) return 0
    }
    const from = this.#contentAt + contentStart.length
    const to = closingQuote(frame, from)
    if (!this.#hasKnownTail(frame, to) && !this.#learnTail(frame, to)) return 0
    this.usageNullFrom = this.#usageInTail === -1 ? -1 : to + this.#usageInTail
    this.usageNullTo = this.usageNullFrom + usageNull.length + 1
    return to - from
  }

  #hasKnownTail(frame: string, to: number): boolean {
    const tail = this.#tail
    if (tail === '' || !frame.startsWith(tail, to)) return false
    // A tail that was learnt whole ends with the frame's empty line: nothing can follow it.
    if (!this.#tailIsPadded) return true
    return frame.endsWith(paddingEnd) && frame.indexOf('"', to + tail.length) === frame.length - paddingEnd.length
  }

  #learnTail(frame: string, to: number): boolean {
    const tail = frame.slice(to)
    this.#tail = ''
    // Tool calls, reasoning or metadata beside the text, a second choice, a second line of data.
    if (!tail.startsWith('"}') && !tail.startsWith('","role":"assistant"}')) return false
    if (!frame.startsWith(dataStart) || tail.includes('"delta":') || tail.includes('\ndata:')) return false
    if (saysMoreThanNull(frame, '"finish_reason":') || saysMoreThanNull(frame, '"usage":')) return false
    const usage = tail.indexOf(usageNull)
    // Before the text, or without a comma that goes with it: rare enough to be read in full.
    if (usage === -1 ? frame.includes(usageNull) : tail[usage - 1] !== ',') return false
    const padding = tail.indexOf(paddingStart)
    this.#tailIsPadded = padding !== -1
    this.#tail = this.#tailIsPadded ? tail.slice(0, padding + paddingStart.length) : tail
    this.#usageInTail = usage === -1 ? -1 : usage - 1
    return true
  }
}

function saysMoreThanNull(frame: string, key: string): boolean {
  const at = frame.indexOf(key)
  return at !== -1 && !frame.startsWith('null', at + key.length)
}
