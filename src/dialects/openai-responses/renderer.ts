import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { AnswerRenderer, ParsedRequest } from '../dialect.ts'
import { type OutputItem, outputItem, renderItem, summaryPart, textPart } from './output-item.ts'
import { type AnswerEnd, type AnswerNames, endOf, idOf, responseObject } from './response-object.ts'

type Json = Record<string, unknown>
type CallPart = Extract<LanguageModelV4StreamPart, { type: 'tool-input-start' | 'tool-input-delta' | 'tool-call' }>

export function createRenderer(request: ParsedRequest, answer: AnswerNames): AnswerRenderer {
  return new ResponsesRenderer(request, answer)
}

/** Events in OpenAI's order: the response, then each item with its part, pieces and ends, then the response with its usage. */
class ResponsesRenderer implements AnswerRenderer {
  readonly #request: ParsedRequest
  readonly #answer: AnswerNames
  readonly #items: OutputItem[] = []
  /** By the AI SDK's ids, which are only unique among parts of a kind. */
  readonly #byId = new Map<string, OutputItem>()
  #sequence = 0
  #end: AnswerEnd = { usage: undefined, cutBy: undefined }

  constructor(request: ParsedRequest, answer: AnswerNames) {
    this.#request = request
    this.#answer = answer
  }

  renderResult(result: LanguageModelV4GenerateResult): Buffer {
    const end = endOf(result.usage, result.finishReason.unified)
    for (const part of result.content) {
      if (part.type === 'text' && part.text !== '') this.#add('message').text = part.text
      else if (part.type === 'reasoning' && part.text !== '') this.#add('reasoning').text = part.text
      else if (part.type === 'tool-call' && !part.providerExecuted) {
        this.#add('call', { callId: part.toolCallId, name: part.toolName }).text = part.input
      }
    }
    return Buffer.from(JSON.stringify(responseObject(this.#request, this.#answer, this.#output(end), end)))
  }

  renderPart(part: LanguageModelV4StreamPart): Buffer[] {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? [] : this.#piece('message', part.id, part.delta)
      case 'reasoning-delta':
        return part.delta === '' ? [] : this.#piece('reasoning', part.id, part.delta)
      case 'text-end':
        return this.#finish(this.#byId.get(`message:${part.id}`))
      case 'reasoning-end':
        return this.#finish(this.#byId.get(`reasoning:${part.id}`))
      case 'tool-input-start':
      case 'tool-input-delta':
      case 'tool-call':
        return this.#call(part)
      case 'finish':
        this.#end = endOf(part.usage, part.finishReason.unified)
        return []
      default:
        return []
    }
  }

  renderEnd(): Buffer[] {
    const frames = this.#sequence === 0 ? this.#open() : []
    for (const item of this.#items) frames.push(...this.#finish(item))
    const response = responseObject(this.#request, this.#answer, this.#output(this.#end), this.#end)
    frames.push(this.#event(this.#end.cutBy === undefined ? 'response.completed' : 'response.incomplete', { response }))
    return frames
  }

  #open(): Buffer[] {
    const response = responseObject(this.#request, this.#answer, [])
    return [this.#event('response.created', { response }), this.#event('response.in_progress', { response })]
  }

  #piece(kind: 'message' | 'reasoning', id: string, delta: string): Buffer[] {
    const key = `${kind}:${id}`
    const known = this.#byId.get(key)
    if (known && !known.isDone) return [this.#delta(known, delta)]
    const item = this.#add(kind)
    this.#byId.set(key, item)
    return [...this.#start(item), this.#delta(item, delta)]
  }

  #call(part: CallPart): Buffer[] {
    const id = part.type === 'tool-call' ? part.toolCallId : part.id
    const known = this.#byId.get(`call:${id}`)
    if (part.type === 'tool-input-delta') return known === undefined || part.delta === '' ? [] : [this.#delta(known, part.delta)]
    if (part.providerExecuted || known?.isDone) return []
    const item = known ?? this.#add('call', { callId: id, name: part.toolName })
    this.#byId.set(`call:${id}`, item)
    const frames = known === undefined ? this.#start(item) : []
    if (part.type === 'tool-input-start') return frames
    // The whole input repeats what came in pieces; it is news only where no piece came.
    if (item.text === '' && part.input !== '') frames.push(this.#delta(item, part.input))
    return [...frames, ...this.#finish(item)]
  }

  #add(kind: OutputItem['kind'], called?: { callId: string; name: string }): OutputItem {
    const item = outputItem(kind, this.#items.length, idOf(this.#answer), called)
    this.#items.push(item)
    return item
  }

  #start(item: OutputItem): Buffer[] {
    const frames = this.#sequence === 0 ? this.#open() : []
    frames.push(this.#event('response.output_item.added', { output_index: item.index, item: renderItem(item, 'in_progress') }))
    const { kind } = item
    if (kind === 'message') frames.push(this.#event('response.content_part.added', { ...placeOf(item), part: textPart('') }))
    else if (kind === 'reasoning') {
      frames.push(this.#event('response.reasoning_summary_part.added', { ...placeOf(item), part: summaryPart('') }))
    }
    return frames
  }

  #delta(item: OutputItem, delta: string): Buffer {
    item.text += delta
    const logprobs = item.kind === 'message' ? { logprobs: [] } : {}
    return this.#event(`${eventOf[item.kind]}.delta`, { ...placeOf(item), delta, ...logprobs })
  }

  #finish(item: OutputItem | undefined): Buffer[] {
    if (item === undefined || item.isDone) return []
    item.isDone = true
    const { kind, text } = item
    const place = placeOf(item)
    const done = `${eventOf[kind]}.done`
    const frames: Buffer[] = []
    if (kind === 'call') frames.push(this.#event(done, { ...place, name: item.name, arguments: text }))
    else if (kind === 'message') {
      frames.push(this.#event(done, { ...place, text, logprobs: [] }))
      frames.push(this.#event('response.content_part.done', { ...place, part: textPart(text) }))
    } else {
      frames.push(this.#event(done, { ...place, text }))
      frames.push(this.#event('response.reasoning_summary_part.done', { ...place, part: summaryPart(text) }))
    }
    frames.push(this.#event('response.output_item.done', { output_index: item.index, item: renderItem(item, 'completed') }))
    return frames
  }

  /** Of an answer that was cut short, its last item is what is not whole. */
  #output(end: AnswerEnd): Json[] {
    const last = this.#items.at(-1)
    return this.#items.map((item) => renderItem(item, item === last && end.cutBy !== undefined ? 'incomplete' : 'completed'))
  }

  #event(type: string, fields: Json): Buffer {
    return Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields, sequence_number: this.#sequence++ })}\n\n`)
  }
}

const eventOf = {
  message: 'response.output_text',
  reasoning: 'response.reasoning_summary_text',
  call: 'response.function_call_arguments',
} as const

function placeOf({ kind, id, index }: OutputItem): Json {
  const part = { message: { content_index: 0 }, reasoning: { summary_index: 0 }, call: {} }[kind]
  return { item_id: id, output_index: index, ...part }
}
