import { hash, hkdfSync } from 'node:crypto'

/** What a request is known by in the cache. Two requests with the same parts get the same answer. */
export interface CachedRequest {
  clientId: string
  /** Of the client key that the call came with; undefined for the library, which has a room of its own. */
  keyId: string | undefined
  /** Of the client: another number is another cache. */
  epoch: number
  /** Where the request came in, and whatever shapes its answer beside the body: `POST /v1/chat/completions`. */
  kind: string
  /** The identifier of the model that will answer, whatever alias the caller wrote. */
  model: string
  body: Readonly<Record<string, unknown>>
}

/** Who asks and why, and the model's alias: they do not shape an answer. */
const labels = new Set(['model', 'user', 'metadata', 'safety_identifier', 'prompt_cache_key', 'prompt_cache_retention'])
/** A longer request is not cached: writing it down in one order would hold up all others. */
const mostCharacters = 1024 * 1024

/** SHA-256 over client, key, epoch, kind, model and the body's members in one order. Undefined for a request that is too long to be cached. */
export function hashRequest({ clientId, keyId, epoch, kind, model, body }: CachedRequest): Buffer | undefined {
  const canonical = canonicalJson(Object.fromEntries(Object.entries(body).filter(([name]) => !labels.has(name))))
  if (canonical === undefined) return undefined
  // A length before each part, so that no two requests run together to the same bytes.
  const parts = [clientId, keyId ?? '', String(epoch), kind, model].map((part) => `${part.length}:${part}`)
  return hash('sha256', parts.join('') + canonical, 'buffer')
}

/** What the database finds an answer by, and what it is sealed with. Neither can be made from the other, only from the request. */
export function deriveKeys(hash: Buffer, clientId: string): { keyHash: Buffer; sealingKey: Buffer } {
  const derived = Buffer.from(hkdfSync('sha256', hash, clientId, 'catraca response cache', 64))
  return { keyHash: derived.subarray(0, 32), sealingKey: derived.subarray(32) }
}

/** JSON with the members of every object in one order. Undefined where it is too long, or nested too deeply. */
function canonicalJson(value: unknown): string | undefined {
  const parts: string[] = []
  let left = mostCharacters
  const put = (text: string) => {
    left -= text.length
    parts.push(text)
  }
  const write = (one: unknown): void => {
    if (left < 0) return
    if ((typeof one === 'string' || one instanceof Uint8Array) && one.length > left) left = -1
    else if (one instanceof Uint8Array) put(`bytes:${Buffer.from(one).toString('base64')}`)
    else if (typeof one !== 'object' || one === null) put(JSON.stringify(one) ?? 'null')
    else if ('toJSON' in one && typeof one.toJSON === 'function') write(one.toJSON())
    else if (Array.isArray(one)) {
      put('[')
      for (const item of one) {
        write(item)
        put(',')
      }
      put(']')
    } else writeMembers(one as Record<string, unknown>)
  }
  const writeMembers = (one: Record<string, unknown>) => {
    put('{')
    for (const name of Object.keys(one).sort()) {
      if (one[name] === undefined) continue
      put(`${JSON.stringify(name)}:`)
      write(one[name])
      put(',')
    }
    put('}')
  }
  try {
    write(value)
  } catch (error) {
    // The stack is full: nested deeper than any request in earnest.
    if (error instanceof RangeError) return undefined
    throw error
  }
  return left < 0 ? undefined : parts.join('')
}
