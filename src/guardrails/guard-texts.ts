import { InvalidRequestError } from '../shared/errors.ts'
import { maskPii } from './find-pii.ts'
import type { Guardrails } from './guardrails.ts'
import { mapTexts } from './map-texts.ts'

/** A token is about this many bytes of text. */
const bytesPerToken = 4

/**
 * Looks at all that a call says, and answers it with personal data masked; the same value where there was nothing to mask. Throws
 * InvalidRequestError `content_blocked` for a blocked term and `input_too_long` for more than the client may send.
 */
export function guardTexts<T>(said: T, { maskPii: kinds, maxInputTokens, blockedTerms }: Guardrails): T {
  const isBlocked = matcherOf(blockedTerms)
  let bytes = 0
  const guarded = mapTexts(said, (text) => {
    bytes += Buffer.byteLength(text)
    if (isBlocked?.(text)) throw new InvalidRequestError('content_blocked', 'The message holds a term that is blocked for this client.')
    return kinds.length === 0 ? text : maskPii(text, kinds)
  })
  const tokens = Math.ceil(bytes / bytesPerToken)
  if (maxInputTokens !== undefined && tokens > maxInputTokens) {
    throw new InvalidRequestError(
      'input_too_long',
      `The input is about ${tokens} tokens long, and this client may send ${maxInputTokens}.`,
      {
        details: { input_tokens: tokens, max_input_tokens: maxInputTokens },
      },
    )
  }
  return guarded
}

/** The lists are the same objects until something about the client changes. */
const matchers = new WeakMap<readonly string[], ((text: string) => boolean) | undefined>()

function matcherOf(terms: readonly string[]): ((text: string) => boolean) | undefined {
  if (!matchers.has(terms)) matchers.set(terms, compile(terms))
  return matchers.get(terms)
}

function compile(terms: readonly string[]): ((text: string) => boolean) | undefined {
  const plain = terms.map((term) => fold(term).trim()).filter((term) => term !== '')
  if (plain.length === 0) return undefined
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${plain.map(escapePattern).join('|')})(?![\\p{L}\\p{N}])`, 'u')
  return (text) => pattern.test(fold(text))
}

/** Without case, accents, signs that nobody sees and differences of spacing: what a reader would call the same word. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
}

/** No other character: with the flag u an escape that is not needed is a syntax error. */
function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
