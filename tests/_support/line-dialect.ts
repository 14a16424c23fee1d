import type { AnswerReport, AnswerTap, Dialect, ParsedRequest } from '../../src/dialects/index.ts'
import { upstreamError } from '../../src/dialects/index.ts'
import type { AttemptSink } from '../../src/providers/index.ts'
import { UpstreamBrokenError } from '../../src/shared/errors.ts'

/** A call whose body no dialect has to understand. */
export function lineRequest(stream: boolean): ParsedRequest {
  const body = { model: 'openai/gpt-4o-mini', stream, messages: [], caller: 'as it was' }
  return {
    dialect: 'openai-chat',
    raw: Buffer.from(JSON.stringify(body)),
    body,
    model: body.model,
    stream,
    wantsStreamUsage: false,
    maxOutputTokens: undefined,
    choices: 1,
    inputTokensBound: 1,
    hasAudio: false,
  }
}

/** A dialect of lines: content begins with a line `text…`, the answer ends with a line `end`, which belongs to the tail. */
export const lines: Dialect = {
  name: 'openai-chat',
  parse: () => lineRequest(true),
  prepareBody: (call, edit) => Buffer.from(JSON.stringify({ ...call.body, ...edit, ...edit.extra })),
  toCallOptions: () => ({ prompt: [] }),
  createTap: (call) => new LineTap(call.stream),
  createRenderer: () => {
    throw new Error('not asked for here')
  },
  renderError: () => Buffer.alloc(0),
  renderStreamError: () => Buffer.alloc(0),
  parseUpstreamError: (status, headers, body, name) => upstreamError(status, body.toString(), Number(headers['retry-after']) * 1000, name),
}

class LineTap implements AnswerTap {
  begun = false
  broken = false
  readonly report: AnswerReport = {
    usage: undefined,
    finishReason: undefined,
    model: undefined,
    outputBytes: 0,
    outputPieces: 0,
    gatewayMetadata: undefined,
  }
  private readonly stream: boolean
  private readonly all: Buffer[] = []

  constructor(stream: boolean) {
    this.stream = stream
  }

  push(chunk: Buffer): Buffer | undefined {
    this.report.outputBytes += chunk.length
    this.report.outputPieces++
    if (chunk.includes('text')) this.begun = true
    if (chunk.includes('garbage')) this.broken = true
    if (!this.stream || chunk.includes('end')) {
      this.all.push(chunk)
      return undefined
    }
    return chunk
  }

  end(): { tail: Buffer[]; error: UpstreamBrokenError | undefined } {
    const whole = Buffer.concat(this.all)
    if (whole.includes('end')) return { tail: this.all, error: undefined }
    return { tail: this.all, error: new UpstreamBrokenError('malformed_response', 'no end') }
  }
}

/** Keeps what it is given; with `full` it asks the attempt to wait until `drain()`. */
export class TestSink implements AttemptSink<Buffer> {
  begun = 0
  readonly written: Buffer[] = []
  full = false
  private release: () => void = () => {}

  begin(): void {
    this.begun++
  }

  write(out: Buffer): boolean {
    this.written.push(out)
    return !this.full
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.release = resolve
    })
  }

  drain(): void {
    this.full = false
    this.release()
  }

  get text(): string {
    return Buffer.concat(this.written).toString()
  }
}
