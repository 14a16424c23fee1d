/** UTF-8 bytes of a value as compact JSON, without writing it: never fewer than its text takes. */
export function jsonBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value) + 2
    case 'object': {
      if (value === null) return 4
      let bytes = 2
      if (Array.isArray(value)) {
        for (const item of value) bytes += jsonBytes(item) + 1
        return bytes
      }
      for (const [key, item] of Object.entries(value)) bytes += Buffer.byteLength(key) + 4 + jsonBytes(item)
      return bytes
    }
    case 'undefined':
      return 0
    default:
      return String(value).length
  }
}
