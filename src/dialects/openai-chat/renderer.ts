import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider'
import type { AnswerRenderer, ParsedRequest } from '../dialect.ts'
import { toTokenUsage } from '../to-token-usage.ts'
import { toWireFinishReason, type WireFinishReason } from './finish-reason.ts'
import { toWireUsage } from './wire-usage.ts'

type AnswerNames = Parameters<typeof createRenderer>[1]

export function createRenderer(request: ParsedRequest, answer: { callId: string; model: string; createdAtMs: number }): AnswerRenderer {
  return new OpenAiChatRenderer(request.wantsStreamUsage, answer)
}

class OpenAiChatRenderer implements AnswerRenderer {
  readonly #showsUsage: boolean
  readonly #names: { id: string; created: number; model: string }
  readonly #calls = new ToolCalls()
  #hasRole = false
  #isFinished = false
  #usage: LanguageModelV4Usage | undefined

  constructor(showsUsage: boolean, answer: AnswerNames) {
    this.#showsUsage = showsUsage
    this.#names = { id: `chatcmpl-${answer.callId}`, created: Math.floor(answer.createdAtMs / 1000), model: answer.model }
  }

  renderResult(result: LanguageModelV4GenerateResult): Buffer {
    const { id, created, model } = this.#names
    const usage = toTokenUsage(result.usage)
    const message = wholeMessage(result)
    const choice = { index: 0, message, logprobs: null, finish_reason: toWireFinishReason(result.finishReason.unified) }
    return Buffer.from(
      JSON.stringify({
        id,
        object: 'chat.completion',
        created,
        model,
        choices: [choice],
        ...(usage === undefined ? {} : { usage: toWireUsage(usage) }),
      }),
    )
  }

  renderPart(part: LanguageModelV4StreamPart): Buffer[] {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? [] : this.#delta({ content: part.delta })
      case 'reasoning-delta':
        return part.delta === '' ? [] : this.#delta({ reasoning: part.delta })
      case 'tool-input-start':
      case 'tool-input-delta':
      case 'tool-call': {
        const call = this.#calls.next(part)
        return call === undefined ? [] : this.#delta({ tool_calls: [call] })
      }
      case 'finish':
        this.#usage = part.usage
        return this.#finish(toWireFinishReason(part.finishReason.unified))
      default:
        return []
    }
  }

  renderEnd(): Buffer[] {
    const frames = this.#isFinished ? [] : this.#finish('stop')
    const usage = this.#showsUsage && this.#usage !== undefined ? toTokenUsage(this.#usage) : undefined
    if (usage !== undefined) frames.push(this.#chunk([], toWireUsage(usage)))
    frames.push(Buffer.from('data: [DONE]\n\n'))
    return frames
  }

  #finish(reason: WireFinishReason): Buffer[] {
    this.#isFinished = true
    const frames = this.#hasRole ? [] : this.#role()
    frames.push(this.#chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: reason }], null))
    return frames
  }

  #delta(delta: Record<string, unknown>): Buffer[] {
    const frames = this.#hasRole ? [] : this.#role()
    frames.push(this.#chunk([{ index: 0, delta, logprobs: null, finish_reason: null }], null))
    return frames
  }

  #role(): Buffer[] {
    this.#hasRole = true
    const delta = { role: 'assistant', content: '' }
    return [this.#chunk([{ index: 0, delta, logprobs: null, finish_reason: null }], null)]
  }

  #chunk(choices: unknown[], usage: Record<string, unknown> | null): Buffer {
    const { id, created, model } = this.#names
    const chunk = { id, object: 'chat.completion.chunk', created, model, choices, ...(this.#showsUsage ? { usage } : {}) }
    return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)
  }
}

type CallPart = Extract<LanguageModelV4StreamPart, { type: 'tool-input-start' | 'tool-input-delta' | 'tool-call' }>

/** Tool calls as OpenAI streams them: one rising index a call, its id and name first, then pieces of its arguments. */
class ToolCalls {
  readonly #byId = new Map<string, { index: number; hasArguments: boolean; takesDeltas: boolean }>()

  next(part: CallPart): Record<string, unknown> | undefined {
    if (part.type === 'tool-input-start') {
      if (part.providerExecuted) return undefined
      return this.#open(part.id, part.toolName, '', part.inputEncoding !== 'text')
    }
    if (part.type === 'tool-input-delta') {
      const call = this.#byId.get(part.id)
      if (call === undefined || !call.takesDeltas || part.delta === '') return undefined
      call.hasArguments = true
      return { index: call.index, function: { arguments: part.delta } }
    }
    if (part.providerExecuted) return undefined
    const call = this.#byId.get(part.toolCallId)
    if (call === undefined) return this.#open(part.toolCallId, part.toolName, part.input, false)
    // The whole input repeats what came in pieces; it is news only where no piece came, as for a call without arguments.
    if (call.hasArguments || part.input === '') return undefined
    call.hasArguments = true
    return { index: call.index, function: { arguments: part.input } }
  }

  #open(id: string, name: string, input: string, takesDeltas: boolean): Record<string, unknown> {
    const index = this.#byId.size
    this.#byId.set(id, { index, hasArguments: input !== '', takesDeltas })
    return { index, id, type: 'function', function: { name, arguments: input } }
  }
}

function wholeMessage(result: LanguageModelV4GenerateResult): Record<string, unknown> {
  let text = ''
  let reasoning = ''
  const calls: Record<string, unknown>[] = []
  for (const part of result.content) {
    if (part.type === 'text') text += part.text
    else if (part.type === 'reasoning') reasoning += part.text
    else if (part.type === 'tool-call' && !part.providerExecuted) {
      calls.push({ id: part.toolCallId, type: 'function', function: { name: part.toolName, arguments: part.input } })
    }
  }
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  }
}
