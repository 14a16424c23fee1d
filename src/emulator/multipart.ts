/** A form's fields, and the last of its files. */
export interface Form {
  fields: Map<string, string>
  file: Buffer | undefined
  /** The names of the parts that are files. */
  fileNames: string[]
}

/** Reads `multipart/form-data` (RFC 7578) as SDKs write it; enough for an audio upload. */
export function readMultipart(body: Buffer, contentType: string): Form {
  const form: Form = { fields: new Map(), file: undefined, fileNames: [] }
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1]
  if (boundary === undefined) return form
  const delimiter = Buffer.from(`--${boundary}`)
  let start = body.indexOf(delimiter)
  while (start >= 0) {
    const end = body.indexOf(delimiter, start + delimiter.length)
    if (end < 0) break
    // A part is its headers, an empty line and its content, with a line break at either end.
    readPart(body.subarray(start + delimiter.length + 2, end - 2), form)
    start = end
  }
  return form
}

function readPart(part: Buffer, form: Form): void {
  const split = part.indexOf('\r\n\r\n')
  if (split < 0) return
  const headers = part.subarray(0, split).toString()
  const content = part.subarray(split + 4)
  const name = /\bname="([^"]*)"/i.exec(headers)?.[1]
  if (/\bfilename\*?=/i.test(headers)) {
    form.file = content
    if (name !== undefined) form.fileNames.push(name)
  } else if (name !== undefined) form.fields.set(name, content.toString())
}
