import { type NanoUsd, nanoUsd } from '../shared/money.ts'

/** A whole and good answer as its caller got it, to be given to whoever asks the same. */
export interface CachedAnswer {
  via: 'vercel' | 'direct'
  finishReason: string
  /** What it cost when a provider made it: what each use of it saves. */
  costUsd: NanoUsd
  body: Buffer
}

/** One piece of bytes: a line that says what it is, and the body. */
export function packAnswer({ via, finishReason, costUsd, body }: CachedAnswer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify([via, finishReason, String(costUsd)])}\n`), body])
}

export function unpackAnswer(packed: Buffer): CachedAnswer {
  const end = packed.indexOf('\n')
  const [via, finishReason, costUsd] = JSON.parse(packed.toString('utf8', 0, end)) as [CachedAnswer['via'], string, string]
  return { via, finishReason, costUsd: nanoUsd(BigInt(costUsd)), body: packed.subarray(end + 1) }
}
