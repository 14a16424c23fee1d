import { z } from 'zod'

/** What a route answers that is no JSON: a handler returns it, and its schema is `fileOf` the same type. */
export class ApiFile {
  readonly contentType: string
  /** As the browser saves it; letters, digits, dots and hyphens. */
  readonly name: string
  readonly body: Buffer | string

  constructor(file: { contentType: string; name: string; body: Buffer | string }) {
    this.contentType = file.contentType
    this.name = file.name
    this.body = file.body
  }
}

/** The output of a route that answers a file of this type. */
export function fileOf(contentType: string): z.ZodType<ApiFile, ApiFile> {
  return z.instanceof(ApiFile).meta({ contentType })
}
