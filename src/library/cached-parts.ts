import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { readCacheControl } from '../cache/index.ts'
import type { CallCaching } from '../gateway/index.ts'
import type { AiSdkOut } from '../providers/index.ts'

/** How a call of the AI SDK is cached: its parts as lines of JSON, under all of its options that are data. */
export function cacheParts(options: LanguageModelV4CallOptions, isStream: boolean): CallCaching<AiSdkOut> {
  const { abortSignal: _signal, headers: _headers, ...body } = options
  return {
    kind: isStream ? 'library stream' : 'library',
    body,
    control: readCacheControl(undefined),
    encode: (out) => Buffer.from(`${JSON.stringify(withoutExchange(out), tag)}\n`),
    decode: (lines) =>
      lines
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line, untag) as AiSdkOut),
  }
}

/** What went over the wire to the provider is of that call alone. */
function withoutExchange(out: AiSdkOut): AiSdkOut {
  if (out.type === 'part') return out
  const { request: _request, response, ...result } = out.result
  const { headers: _headers, body: _body, ...told } = response ?? {}
  return { ...out, result: { ...result, response: told } }
}

const tagName = '$catraca'

/** What JSON has no form for. A Date comes here as text already, so it is looked up in its holder. */
function tag(this: unknown, name: string, value: unknown): unknown {
  const held = (this as Record<string, unknown>)[name]
  if (held instanceof Date) return { [tagName]: 'date', value: held.toISOString() }
  if (held instanceof URL) return { [tagName]: 'url', value: held.href }
  if (held instanceof Uint8Array) return { [tagName]: 'bytes', value: Buffer.from(held).toString('base64') }
  return value
}

function untag(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(tagName in value) || !('value' in value)) return value
  const text = String(value.value)
  if (value[tagName] === 'date') return new Date(text)
  return value[tagName] === 'url' ? new URL(text) : new Uint8Array(Buffer.from(text, 'base64'))
}
