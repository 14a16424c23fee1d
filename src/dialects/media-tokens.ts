/**
 * What media can cost at most as input, whichever of our providers gets it: a call may fall back from one to another, so that each
 * figure is the largest of theirs.
 *
 * Pictures. OpenAI (https://platform.openai.com/docs/guides/images-vision#calculating-costs): by tiles of 512 px after fitting into
 * 2048 x 2048 and 768 px on the short side, so at most 8 tiles; the dearest, gpt-4o-mini, counts 2,833 + 5,667 a tile = 48,169, and
 * 2,833 at low detail. By patches: at most 10,000 patches x 2.46 = 24,600. Anthropic
 * (https://platform.claude.com/docs/en/build-with-claude/vision) knows no detail: at most 4,784. Google
 * (https://ai.google.dev/gemini-api/docs/media-resolution): at most 2,240 a picture.
 */
const imageTokensAtMost = 48_169
const lowDetailImageTokensAtMost = 4_784

/** Google: 32 tokens a second (https://ai.google.dev/gemini-api/docs/audio); OpenAI: 10. One second more, for rounding. */
const audioTokensPerSecond = 32
/** No codec that is taken goes below 8 kbit/s; half of that, so that the bound stands for what we have not met. */
const leastAudioBytesPerSecond = 512

export function imageTokens(detail: unknown): number {
  return detail === 'low' ? lowDetailImageTokensAtMost : imageTokensAtMost
}

/** `data` is base64. */
export function audioTokens(data: string, format: unknown): number {
  const bytes = Math.ceil((data.length * 3) / 4)
  const bytesPerSecond = format === 'wav' ? wavBytesPerSecond(data) : leastAudioBytesPerSecond
  return Math.ceil(bytes / bytesPerSecond + 1) * audioTokensPerSecond
}

/**
 * A document counts by its base64 text. Providers see each page as text and as a picture; a real page has more bytes than that costs,
 * a made-up file of empty pages may not, and then the excess is booked and flagged like any other.
 */
export function fileTokens(data: string): number {
  return data.length
}

// The canonical header of RIFF/WAVE: format at 20, sample rate at 24, block size at 32. Only uncompressed sound has a length that
// follows from them; anything else is taken at the lowest rate there is.
function wavBytesPerSecond(data: string): number {
  const header = Buffer.from(data.slice(0, 64), 'base64')
  if (header.length < 36 || header.toString('latin1', 0, 4) !== 'RIFF') return leastAudioBytesPerSecond
  const isUncompressed = [1, 3, 6, 7].includes(header.readUInt16LE(20))
  const rate = header.readUInt32LE(24) * header.readUInt16LE(32)
  return isUncompressed ? Math.max(rate, leastAudioBytesPerSecond) : leastAudioBytesPerSecond
}
