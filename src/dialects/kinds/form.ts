import { createHash } from 'node:crypto'
import { refuse } from '../refuse.ts'

export interface FormPart {
  name: string
  /** Undefined for a field. */
  filename: string | undefined
  mediaType: string | undefined
  value: Buffer
}

const mostParts = 64
const longestHead = 8 * 1024

/** Reads `multipart/form-data` (RFC 7578). Throws InvalidRequestError for what is not one. */
export function parseForm(raw: Buffer, contentType: string | undefined): FormPart[] {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))/i.exec(contentType ?? '') ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw refuse(null, 'The body must be a form: multipart/form-data with its boundary')
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  const parts: FormPart[] = []
  // The first one has no line before it.
  let at = raw.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2)) ? -2 : raw.indexOf(delimiter)
  while (at !== -1) {
    const start = at + delimiter.length
    if (raw.toString('latin1', start, start + 2) === '--') return parts
    const next = raw.indexOf(delimiter, start)
    const headEnd = raw.indexOf('\r\n\r\n', start)
    if (raw.toString('latin1', start, start + 2) !== '\r\n' || next === -1 || headEnd === -1 || headEnd > next) break
    if (parts.length === mostParts || headEnd - start > longestHead) throw refuse(null, 'The form has too many parts or too long names')
    parts.push({ ...readHead(raw.toString('utf8', start, headEnd)), value: raw.subarray(headEnd + 4, next) })
    at = next
  }
  throw refuse(null, 'The form is not complete')
}

function readHead(head: string): Omit<FormPart, 'value'> {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1] ?? ''
  const name = /(?:^|[\s;])name="([^"]*)"/i.exec(disposition)?.[1] ?? /(?:^|[\s;])name=([^\s";]+)/i.exec(disposition)?.[1]
  if (name === undefined || name === '') throw refuse(null, 'A part of the form has no name')
  const filename = /[\s;]filename="([^"]*)"/i.exec(disposition)?.[1] ?? (/[\s;]filename\*?=/i.test(disposition) ? 'file' : undefined)
  return { name, filename, mediaType: /^content-type:\s*([\w.+/-]+)/im.exec(head)?.[1] }
}

/**
 * The same parts, said in one way only: what the provider reads is what was read here, whatever tricks there were in the caller's own
 * spelling.
 */
export function writeForm(parts: readonly FormPart[], boundary: string): Buffer {
  const pieces = parts.flatMap(({ name, filename, mediaType, value }) => {
    const file = filename === undefined ? '' : `; filename="${plain(filename)}"`
    const type = mediaType === undefined ? '' : `\r\ncontent-type: ${mediaType}`
    return [Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${plain(name)}"${file}${type}\r\n\r\n`), value, lineBreak]
  })
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)])
}

/** The same parts have the same one, and none of them can hold it: it is made of them all. */
export function boundaryOf(parts: readonly FormPart[]): string {
  const hash = createHash('sha256')
  for (const { name, filename, mediaType, value } of parts) {
    hash.update(JSON.stringify([name, filename, mediaType, value.length])).update(value)
  }
  return `catraca-${hash.digest('hex').slice(0, 48)}`
}

const lineBreak = Buffer.from('\r\n')

function plain(text: string): string {
  return text.replace(/["\r\n\\]/g, '_')
}
