import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { noUsage, type TokenUsage } from '../../usage/index.ts'
import type { AnswerRenderer, ParsedRequest } from '../dialect.ts'
import { toTokenUsage } from '../to-token-usage.ts'
import { BlockFrames, eventFrame } from './block-frames.ts'
import { toWireStopReason } from './stop-reason.ts'
import { toWireUsage } from './wire-usage.ts'

type AnswerNames = { callId: string; model: string; createdAtMs: number }

export function createRenderer(_request: ParsedRequest, answer: AnswerNames): AnswerRenderer {
  return new MessagesRenderer(answer)
}

class MessagesRenderer implements AnswerRenderer {
  readonly #names: { id: string; model: string }
  readonly #blocks = new BlockFrames()
  #hasStarted = false
  #isFinished = false

  constructor({ callId, model }: AnswerNames) {
    this.#names = { id: `msg_${callId}`, model }
  }

  renderResult(result: LanguageModelV4GenerateResult): Buffer {
    const content = wholeContent(result)
    const calls = content.filter(({ type }) => type === 'tool_use').length
    const stop_reason = toWireStopReason(result.finishReason.unified, calls)
    return Buffer.from(JSON.stringify(this.#message(content, stop_reason, toTokenUsage(result.usage))))
  }

  renderPart(part: LanguageModelV4StreamPart): Buffer[] {
    if (part.type === 'finish') return this.#finish(toTokenUsage(part.usage), part.finishReason.unified)
    const frames = this.#blocks.take(part)
    return frames.length === 0 ? frames : [...this.#start(), ...frames]
  }

  renderEnd(): Buffer[] {
    const frames = this.#isFinished ? [] : this.#finish(undefined, undefined)
    return [...frames, eventFrame('message_stop', {})]
  }

  // What the prompt came to is known at the end only, where `message_delta` tells it; here it is 0, which every client replaces.
  #start(): Buffer[] {
    if (this.#hasStarted) return []
    this.#hasStarted = true
    return [eventFrame('message_start', { message: this.#message([], null, noUsage) })]
  }

  #finish(usage: TokenUsage | undefined, unified: Parameters<typeof toWireStopReason>[0]): Buffer[] {
    this.#isFinished = true
    const ends = this.#blocks.end()
    const delta = { stop_reason: toWireStopReason(unified, this.#blocks.calls), stop_sequence: null }
    return [...this.#start(), ...ends, eventFrame('message_delta', { delta, usage: toWireUsage(usage ?? noUsage) })]
  }

  #message(content: unknown[], stopReason: string | null, usage: TokenUsage | undefined): Record<string, unknown> {
    const { id, model } = this.#names
    return {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content,
      stop_reason: stopReason,
      stop_sequence: null,
      usage: toWireUsage(usage ?? noUsage),
    }
  }
}

function wholeContent(result: LanguageModelV4GenerateResult): { type: string }[] {
  return result.content.flatMap((part): { type: string }[] => {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [{ type: 'text', text: part.text } as { type: string }]
      case 'reasoning':
        return part.text === '' ? [] : [{ type: 'thinking', thinking: part.text, signature: '' } as { type: string }]
      case 'tool-call':
        if (part.providerExecuted) return []
        return [{ type: 'tool_use', id: part.toolCallId, name: part.toolName, input: parsedInput(part.input) } as { type: string }]
      default:
        return []
    }
  })
}

/** Arguments that the limit cut off are no JSON any more: what is left of them would mislead a program that runs them. */
function parsedInput(json: string): unknown {
  try {
    return json === '' ? {} : JSON.parse(json)
  } catch {
    return {}
  }
}
