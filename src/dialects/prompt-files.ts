import type { LanguageModelV4FilePart } from '@ai-sdk/provider'
import { refuse } from './refuse.ts'

/** A picture as the AI SDK carries it, with `detail` where the provider knows one. */
export function imageFile(url: unknown, detail: unknown, param: string): LanguageModelV4FilePart {
  const options = typeof detail === 'string' ? { providerOptions: { openai: { imageDetail: detail } } } : {}
  if (typeof url !== 'string') throw refuse(param, 'must be a data: URL or an http(s) URL')
  const inline = dataUrl(url)
  if (inline !== undefined) return { type: 'file', mediaType: inline.mediaType, data: { type: 'data', data: inline.data }, ...options }
  // The provider fetches it; the gateway never opens a URL that a request names.
  const remote = URL.parse(url)
  if (remote === null || (remote.protocol !== 'https:' && remote.protocol !== 'http:')) {
    throw refuse(param, 'must be a base64 data: URL or an http(s) URL')
  }
  return { type: 'file', mediaType: 'image', data: { type: 'url', url: remote }, ...options }
}

/** `data` is base64, as a data: URL or bare. */
export function documentFile(fileData: string, filename: unknown): LanguageModelV4FilePart {
  const name = typeof filename === 'string' ? { filename } : {}
  const url = dataUrl(fileData) ?? { mediaType: 'application/pdf', data: fileData }
  return { type: 'file', mediaType: url.mediaType, data: { type: 'data', data: url.data }, ...name }
}

export function audioFile(data: string, format: unknown): LanguageModelV4FilePart {
  return { type: 'file', mediaType: format === 'wav' ? 'audio/wav' : 'audio/mpeg', data: { type: 'data', data } }
}

/** The id that ties a tool's result to its call. Some models make one of the tool's name and a number, with signs that Anthropic refuses. */
export function portableCallId(id: string): string {
  return id.replace(/[^\w-]/g, '_')
}

/** The arguments of a tool's call, which are JSON in a string. */
export function toolInput(value: unknown, param: string): unknown {
  if (value === undefined || value === null || value === '') return {}
  try {
    if (typeof value === 'string') return JSON.parse(value)
  } catch {
    // Falls through to the refusal: the parser's own words would quote the arguments.
  }
  throw refuse(param, 'arguments must be a string with JSON in it')
}

function dataUrl(text: string): { mediaType: string; data: string } | undefined {
  const comma = text.indexOf(',')
  const head = /^data:([\w.+-]+\/[\w.+-]+)(?:;[^,]*)?;base64$/i.exec(text.slice(0, Math.max(comma, 0)))
  return head?.[1] === undefined ? undefined : { mediaType: head[1].toLowerCase(), data: text.slice(comma + 1) }
}
