import type { IncomingHttpHeaders } from 'node:http'
import { readCacheControl } from '../../cache/index.ts'
import type { CallCaching } from '../../gateway/index.ts'

/** How a call by HTTP is cached: its answer as the bytes that went out. `kind` is its endpoint, and whatever else shapes its answer. */
export function cacheBytes(kind: string, body: CallCaching<Buffer>['body'], headers: IncomingHttpHeaders): CallCaching<Buffer> {
  return { kind, body, control: readCacheControl(headers['cache-control']), encode: (bytes) => bytes, decode: (bytes) => [bytes] }
}
