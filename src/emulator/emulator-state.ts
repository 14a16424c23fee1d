import { randomBytes } from 'node:crypto'
import type { ReportSkew } from './billed-call.ts'
import { FaultBook } from './fault-book.ts'
import { PromptCache } from './prompt-cache.ts'
import type { ProviderId } from './provider-id.ts'
import type { Quotes } from './ptax.ts'
import { type ServedCall, ServedLog } from './served-log.ts'

/** A request as it arrived, for tests that ask what was sent; the key is left out. */
export interface SeenRequest {
  requestId: string
  provider: ProviderId
  path: string
  headers: Record<string, string>
  /** The parsed JSON or a form's fields; null for a body too large to keep. */
  body: unknown
}

const keptCalls = 200_000
const keptRequests = 200
export const keptBodyBytes = 64 * 1024

/** All that an emulator remembers. */
export class EmulatorState {
  readonly keys: Set<string>
  /** What opens the usage reports; a key for calls does not. */
  readonly adminKeys: Set<string>
  readonly faults = new FaultBook()
  readonly log = new ServedLog(keptCalls)
  readonly cache = new PromptCache()
  quotes: Quotes | undefined
  reportSkew: ReportSkew = {}
  #seen: SeenRequest[] = []
  // Unique beyond this process: a ledger may hold rows of several emulators.
  readonly #idPrefix = randomBytes(6).toString('hex')
  #ids = 0

  constructor(keys: readonly string[], adminKeys: readonly string[]) {
    this.keys = new Set(keys)
    this.adminKeys = new Set(adminKeys)
  }

  nextId(): string {
    return `${this.#idPrefix}${(++this.#ids).toString(36).padStart(8, '0')}`
  }

  see(request: SeenRequest): void {
    this.#seen.push(request)
    if (this.#seen.length > keptRequests * 2) this.#seen = this.#seen.slice(-keptRequests)
  }

  requests(): SeenRequest[] {
    return this.#seen.slice(-keptRequests)
  }

  /** What a Vercel generation was, for `GET /v1/generation`. */
  findByResponse(responseId: string): ServedCall | undefined {
    return this.log.calls().findLast((call) => call.responseId === responseId)
  }

  /** Counts, records, faults, skews and cached prompts go; keys and quotes stay. */
  reset(): void {
    this.reportSkew = {}
    this.log.reset()
    this.faults.clear()
    this.cache.clear()
    this.#seen = []
  }
}
