import { ApiError } from './api-error.ts'

export type Params = Readonly<Record<string, string | number | boolean | null | undefined>>

let onSignedOut: (() => Promise<void>) | undefined

/** What happens when the session is over: it ends when the same person is back, and what was refused is asked again. Returns how to stop. */
export function whenSignedOut(listener: () => Promise<void>): () => void {
  onSignedOut = listener
  return () => {
    if (onSignedOut === listener) onSignedOut = undefined
  }
}

/**
 * The gateway's own API, with the session's cookie. Each throws ApiError.
 * `const client = await api.get<Client>('/api/admin/clients/agencia', { month: '2026-11' })`
 */
export const api = {
  get: <T>(path: string, params?: Params, signal?: AbortSignal) => request<T>('GET', urlOf(path, params), undefined, signal),
  post: <T = unknown>(path: string, body: unknown = {}) => request<T>('POST', path, body),
  put: <T = unknown>(path: string, body: unknown = {}) => request<T>('PUT', path, body),
  patch: <T = unknown>(path: string, body: unknown = {}) => request<T>('PATCH', path, body),
  delete: <T = unknown>(path: string) => request<T>('DELETE', path),
}

/** Leaves out what is undefined, null or empty. */
export function urlOf(path: string, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value))
  }
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}

async function request<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, url, body, signal)
  const text = await response.text()
  const answer = parse(text)
  if (response.ok) return answer as T
  const error = errorOf(response, answer)
  if (!onSignedOut || !isSignedOut(error, url)) throw error
  await onSignedOut()
  return request<T>(method, url, body, signal)
}

/** A wrong password is a 401 as well, and its own form says so. */
function isSignedOut({ status, code }: ApiError, url: string): boolean {
  return status === 401 && (!url.startsWith('/api/auth/') || code === 'UNAUTHORIZED' || code === 'SESSION_EXPIRED')
}

async function send(method: string, url: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        'accept-language': document.documentElement.lang,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (thrown) {
    if (signal?.aborted) throw thrown
    throw new ApiError('unreachable', '', 0)
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Ours is `{ error: { code, message, … } }`; better-auth's is `{ code, message }`. */
function errorOf(response: Response, answer: unknown): ApiError {
  const outer = isRecord(answer) ? answer : {}
  const { code, message, ...details } = isRecord(outer.error) ? outer.error : outer
  // better-auth says only there how long to wait.
  const wait = response.headers.get('retry-after')
  return new ApiError(typeof code === 'string' ? code : 'unknown', typeof message === 'string' ? message : '', response.status, {
    ...(wait !== null && { retry_after_seconds: Number(wait) }),
    ...details,
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
