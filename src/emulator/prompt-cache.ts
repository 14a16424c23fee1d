import { createHash } from 'node:crypto'
import type { Ask } from './ask.ts'
import { countMessageTokens } from './count-tokens.ts'

const minTokens = 1024
const maxPrefixes = 10_000

export interface CachedPrompt {
  /** Tokens read from the cache. */
  readTokens: number
  /** Tokens written to it, which only Anthropic bills. */
  writeTokens: number
  writeFor: '5m' | '1h'
}

const nothing: CachedPrompt = { readTokens: 0, writeTokens: 0, writeFor: '5m' }

/** Remembers long prompt beginnings, so that the second call with the same one is told how much of it was cached. */
export class PromptCache {
  readonly #seen = new Set<string>()

  clear(): void {
    this.#seen.clear()
  }

  /** OpenAI's way: any beginning of 1,024 tokens or more counts, in steps of 128, with no word from the caller. */
  readAutomatic(scope: string, ask: Ask, promptTokens: number): CachedPrompt {
    if (promptTokens < minTokens) return nothing
    let readTokens = 0
    for (const { tokens, digest } of prefixes(scope, ask)) {
      if (this.#seen.has(digest)) readTokens = Math.floor(tokens / 128) * 128
      else this.#remember(digest)
    }
    return { ...nothing, readTokens }
  }

  /** Anthropic's way: what stands before the last `cache_control` is written once and read from then on. */
  readMarked(scope: string, ask: Ask, promptTokens: number): CachedPrompt {
    const marked = ask.messages.findLast((message) => message.cacheBreakpoint !== undefined)
    if (marked?.cacheBreakpoint === undefined || promptTokens < minTokens) return nothing
    const last = ask.messages.indexOf(marked)
    const prefix = prefixes(scope, ask).findLast(({ index }) => index <= last)
    if (prefix === undefined || prefix.index !== last) return nothing
    if (this.#seen.has(prefix.digest)) return { ...nothing, readTokens: prefix.tokens }
    this.#remember(prefix.digest)
    return { readTokens: 0, writeTokens: prefix.tokens, writeFor: marked.cacheBreakpoint }
  }

  #remember(digest: string): void {
    if (this.#seen.size >= maxPrefixes) this.#seen.clear()
    this.#seen.add(digest)
  }
}

function prefixes(scope: string, ask: Ask): { index: number; tokens: number; digest: string }[] {
  const hash = createHash('sha1').update(scope)
  const found: { index: number; tokens: number; digest: string }[] = []
  let tokens = Math.ceil(ask.toolBytes / 4)
  for (const [index, message] of ask.messages.entries()) {
    hash.update(`\u0000${message.role}\u0000${message.text}`)
    tokens += countMessageTokens(message.text, message.extraBytes)
    if (tokens >= minTokens) found.push({ index, tokens, digest: hash.copy().digest('base64') })
  }
  return found
}
