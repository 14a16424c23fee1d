import { isRecord } from '../../shared/is-record.ts'
import type { AnswerReport } from '../dialect.ts'
import { fromWireUsage, mergeWireUsage, type WireUsage } from './wire-usage.ts'

/** Notes what an answer says, whole or event by event. */
export class AnswerReader {
  readonly #report: AnswerReport
  #usage: WireUsage | undefined

  constructor(report: AnswerReport) {
    this.#report = report
  }

  /** Does the event bring anything that a person or a program waits for? Its end is such a thing. */
  readEvent(event: Record<string, unknown>): boolean {
    switch (event.type) {
      case 'message_start':
        if (isRecord(event.message)) this.#readFacts(event.message)
        return false
      case 'content_block_start':
        return isRecord(event.content_block) && this.#countBlock(event.content_block)
      case 'content_block_delta':
        return isRecord(event.delta) && this.#countDelta(event.delta)
      case 'message_delta':
        this.#readFacts({ ...event, ...(isRecord(event.delta) ? event.delta : {}) })
        return this.#report.finishReason !== undefined
      default:
        return false
    }
  }

  /** A whole answer. */
  readMessage(message: Record<string, unknown>): void {
    this.#readFacts(message)
    if (Array.isArray(message.content)) for (const block of message.content) if (isRecord(block)) this.#countBlock(block)
  }

  #readFacts(holder: Record<string, unknown>): void {
    const report = this.#report
    if (report.model === undefined && typeof holder.model === 'string' && holder.model !== '') report.model = holder.model
    if (typeof holder.stop_reason === 'string') report.finishReason = holder.stop_reason
    const metadata = holder.provider_metadata ?? holder.providerMetadata
    if (isRecord(metadata) && isRecord(metadata.gateway)) report.gatewayMetadata = metadata.gateway
    this.#usage = mergeWireUsage(this.#usage, holder.usage)
    report.usage = fromWireUsage(this.#usage)
  }

  #countBlock(block: Record<string, unknown>): boolean {
    switch (block.type) {
      case 'text':
        return this.#count(block.text)
      case 'thinking':
        // What is not shown of the thinking is in the signature, sealed: without it nothing would be known of its length.
        return this.#count(block.thinking) || this.#count(block.signature)
      case 'redacted_thinking':
        return this.#count(block.data)
      default:
        this.#count(block.name)
        if (isRecord(block.input) && Object.keys(block.input).length > 0) this.#count(JSON.stringify(block.input))
        return true
    }
  }

  #countDelta(delta: Record<string, unknown>): boolean {
    return this.#count(delta.text ?? delta.thinking ?? delta.partial_json ?? delta.signature)
  }

  #count(text: unknown): boolean {
    if (typeof text !== 'string' || text === '') return false
    this.#report.outputBytes += Buffer.byteLength(text)
    this.#report.outputPieces += 1
    return true
  }
}
