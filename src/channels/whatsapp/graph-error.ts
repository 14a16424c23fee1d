/** Meta asks to wait, or is not well: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes */
const passing = new Set([1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 131057, 133004])
/** More than 24 hours since the contact last wrote. */
const outsideWindow = 131047

/** What the Graph API said no with, or that it said nothing. Its message names no phone. */
export class GraphError extends Error {
  readonly code: number | string
  readonly title: string
  /** May the same request succeed later? */
  readonly isRetryable: boolean
  /** Nobody knows whether it was done. */
  readonly isUnknown: boolean

  constructor(code: number | string, title: string, { isRetryable = false, isUnknown = false } = {}) {
    super(`Graph API: ${code} ${title}`)
    this.name = new.target.name
    this.code = code
    this.title = title
    this.isRetryable = isRetryable
    this.isUnknown = isUnknown
  }

  get isOutsideWindow(): boolean {
    return this.code === outsideWindow
  }
}

/** Of an answer that is no success. */
export function readGraphError(status: number, body: string): GraphError {
  const { code, title } = errorIn(body)
  const isRetryable = status === 429 || status >= 500 || (code !== undefined && passing.has(code))
  return new GraphError(code ?? status, title ?? 'no reason given', { isRetryable })
}

function errorIn(body: string): { code?: number; title?: string } {
  try {
    const { error } = JSON.parse(body) as { error?: { code?: unknown; message?: unknown } }
    return {
      ...(typeof error?.code === 'number' && { code: error.code }),
      // Numbers in it may be somebody's phone.
      ...(typeof error?.message === 'string' && { title: error.message.replace(/\d{8,}/g, '…').slice(0, 200) }),
    }
  } catch {
    return {}
  }
}
