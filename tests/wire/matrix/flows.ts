/** The common flows, in the order of the table. */
export const flows = [
  'chat',
  'stream',
  'tools',
  'parallel tools',
  'structured output',
  'vision',
  'error',
  'abort',
  'embeddings',
  'transcription',
  'speech',
  'images',
] as const
export type Flow = (typeof flows)[number]

/** A program of somebody else's with its base URL changed; what it does not name it does not have. */
export interface Caller {
  name: string
  /** Each throws where its flow does not work. */
  flows: Partial<Record<Flow, (model: string) => Promise<void>>>
}

export const prompts = {
  chat: 'Oi, tudo bem?',
  tool: 'use tool clima, por favor',
  tools: 'use tools clima and hora, por favor',
  see: 'O que é isto?',
  long: 'reply with 150 words [[emulate gap=20]]',
  refuse: 'Oi [[emulate status=400]]',
}

export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** What a tool takes, as JSON schema. */
export const place = {
  type: 'object' as const,
  properties: { cidade: { type: 'string' as const } },
  required: ['cidade'],
  additionalProperties: false,
}
export const weather = {
  type: 'object' as const,
  properties: { cidade: { type: 'string' as const }, graus: { type: 'integer' as const } },
  required: ['cidade', 'graus'],
  additionalProperties: false,
}

export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** The names that were called, and that each has arguments that fit. */
export function assertCalls(calls: readonly { name: string; args: unknown }[], names: readonly string[]): void {
  assert(calls.map(({ name }) => name).join() === names.join(), `called ${calls.map(({ name }) => name).join() || 'nothing'}`)
  for (const { args } of calls) assert(typeof args === 'object' && args !== null && 'cidade' in args, 'arguments that do not fit')
}

export function assertWeather(value: unknown): void {
  const fits = typeof value === 'object' && value !== null && 'cidade' in value && 'graus' in value && Number.isInteger(value.graus)
  assert(fits, `${JSON.stringify(value)} does not fit the schema`)
}

/** Leaves a stream after its first piece, as somebody does who closes the window. */
export async function leave<T>(stream: AsyncIterable<T>, controller: AbortController): Promise<void> {
  let pieces = 0
  try {
    for await (const _piece of stream) {
      pieces += 1
      controller.abort()
    }
  } catch (error) {
    assert(controller.signal.aborted, String(error))
  }
  assert(pieces > 0 && pieces < 100, `${pieces} pieces came`)
}

/** The status that the refusal of `work` carries. */
export async function statusOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    const { status, statusCode } = error as { status?: number; statusCode?: number }
    return status ?? statusCode
  }
  throw new Error('it was not refused')
}
