import type { Fault, FaultMatch, InjectedFault } from './fault.ts'
import type { ProviderId } from './provider-id.ts'
import { readMarker } from './read-fault.ts'

export interface FaultTarget {
  provider: ProviderId
  model: string
  key: string
  call: string | null
  /** The last user message, where markers are written. */
  prompt: string
}

interface Entry {
  fault: InjectedFault
  matched: number
}

const markerPattern = /\[\[emulate ([^\]]*)\]\]/g
const maxMarkers = 10_000

/** The faults in force: injected ones, and those that a prompt brings along as `[[emulate status=500]]`. */
export class FaultBook {
  readonly #entries = new Set<Entry>()
  /** Markers that count (`nth`, `times`), by marker and call. */
  readonly #counted = new Map<string, Entry>()

  /** Returns a function that takes the fault back. */
  add(fault: InjectedFault): () => void {
    const entry = { fault, matched: 0 }
    this.#entries.add(entry)
    return () => this.#entries.delete(entry)
  }

  clear(): void {
    this.#entries.clear()
    this.#counted.clear()
  }

  /** All that applies to this call, later ones over earlier, markers over injected. Throws UnknownFaultError for a marker that cannot be read. */
  for(target: FaultTarget): Fault {
    let fault: Fault = {}
    for (const entry of this.#entries) {
      if (applies(entry, target)) fault = { ...fault, ...entry.fault }
    }
    if (!target.prompt.includes('[[emulate ')) return fault
    for (const [marker, inside = ''] of target.prompt.matchAll(markerPattern)) {
      const entry = this.#markerEntry(marker, inside, target.call)
      if (applies(entry, target)) fault = { ...fault, ...entry.fault }
    }
    return fault
  }

  #markerEntry(marker: string, inside: string, call: string | null): Entry {
    const key = `${call ?? ''}\u0000${marker}`
    const known = this.#counted.get(key)
    if (known !== undefined) return known
    const entry = { fault: readMarker(inside), matched: 0 }
    const { nth, times } = entry.fault.match ?? {}
    if (nth === undefined && times === undefined) return entry
    if (this.#counted.size >= maxMarkers) this.#counted.clear()
    this.#counted.set(key, entry)
    return entry
  }
}

/** The prompt without its markers, which is what gets answered. */
export function withoutMarkers(prompt: string): string {
  return prompt.includes('[[') ? prompt.replace(/\[\[(?:emulate|call) [^\]]*\]\]/g, '').trim() : prompt
}

/** The `[[call ID]]` that a prompt carries, so that a test finds its call again. */
export function callOf(prompt: string): string | null {
  return prompt.includes('[[call ') ? (/\[\[call ([^\]\s]+)\]\]/.exec(prompt)?.[1] ?? null) : null
}

function applies(entry: Entry, target: FaultTarget): boolean {
  const match = entry.fault.match
  if (match === undefined) return true
  if (!isFor(match, target)) return false
  entry.matched++
  if (match.nth !== undefined) return entry.matched === match.nth
  return match.times === undefined || entry.matched <= match.times
}

function isFor(match: FaultMatch, target: FaultTarget): boolean {
  return (
    (match.provider === undefined || match.provider === target.provider) &&
    (match.model === undefined || match.model === target.model) &&
    (match.key === undefined || target.key.endsWith(match.key)) &&
    (match.call === undefined || match.call === target.call)
  )
}
