import { exampleOf, type Schema } from './schema.ts'

export interface Parameter {
  name: string
  in: 'path' | 'query'
  required: boolean
  schema: Schema
}

interface DocumentOperation {
  operationId: string
  summary: string
  tags: string[]
  'x-access'?: Access
  security: Record<string, unknown>[]
  parameters: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

export interface ApiDocument {
  paths: Record<string, Record<string, DocumentOperation>>
}

export type Access = 'read' | 'write' | 'client'

export interface Operation {
  id: string
  tag: string
  method: string
  path: string
  summary: string
  access: Access
  parameters: Parameter[]
  body: Schema | undefined
  /** Content types of the answer, JSON's with its schema. */
  answers: { type: string; schema: Schema }[]
  /** Opened by a token as well; otherwise by logging in only. */
  takesToken: boolean
}

/** In the order of the document. */
export function operationsOf({ paths }: ApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      tag: operation.tags[0] ?? '',
      method: method.toUpperCase(),
      path,
      summary: operation.summary,
      access: operation['x-access'] ?? 'read',
      parameters: operation.parameters,
      body: operation.requestBody?.content['application/json']?.schema,
      answers: Object.entries(operation.responses['200']?.content ?? {}).map(([type, { schema }]) => ({ type, schema })),
      takesToken: operation.security.some((way) => 'token' in way),
    })),
  )
}

/** Each word of it is in the path, the method, the summary or the tag. */
export function matches({ method, path, summary, tag }: Operation, search: string): boolean {
  const text = `${method} ${path} ${summary} ${tag}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** To be pasted into a shell; names in capitals are to be filled in. */
export function toCurl(operation: Operation, origin: string): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => name.toUpperCase())
  const required = operation.parameters.filter((one) => one.in === 'query' && one.required)
  const query = required.map(({ name, schema }) => `${name}=${encodeURIComponent(String(exampleOf(schema)))}`).join('&')
  const lines = [
    `curl ${operation.method === 'GET' ? '' : `-X ${operation.method} `}'${origin}${path}${query === '' ? '' : `?${query}`}'`,
    operation.takesToken ? `-H "Authorization: Bearer $CATRACA_ADMIN_TOKEN"` : `-H "Cookie: catraca.session_token=$SESSION"`,
  ]
  // With a cookie, the gateway asks where a change comes from.
  if (!operation.takesToken && operation.method !== 'GET') lines.push(`-H 'Origin: ${origin}'`)
  if (operation.body) {
    lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(exampleOf(operation.body)).replaceAll("'", "'\\''")}'`)
  }
  return lines.join(' \\\n  ')
}
