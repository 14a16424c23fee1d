import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import OpenAI from 'openai'
import type { Response as ModelResponse, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { expect, test } from 'vitest'
import { UpstreamBrokenError } from '../../shared/errors.ts'
import { openaiResponses } from './index.ts'
import { parse } from './parse.ts'
import { createRenderer } from './renderer.ts'

const answer = { callId: '0198a7b2-1111-7222-8333-444455556666', model: 'claude', createdAtMs: 1_795_000_000_123 }
const asked = { input: 'Oi', instructions: 'Seja breve.', tools: [{ type: 'function', name: 'clima' }], metadata: { a: 'b' }, stream: true }
const request = parse(Buffer.from(JSON.stringify(asked)))
const usage = {
  inputTokens: { total: 20, noCache: 12, cacheRead: 8, cacheWrite: 0 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
}
const finish = (unified: 'stop' | 'length' | 'tool-calls' | 'content-filter' = 'stop'): LanguageModelV4StreamPart => ({
  type: 'finish',
  usage,
  finishReason: { unified, raw: undefined },
})

function stream(...parts: LanguageModelV4StreamPart[]): { bytes: Buffer; events: ResponseStreamEvent[] } {
  const renderer = createRenderer(request, answer)
  const bytes = Buffer.concat([...parts.flatMap((part) => renderer.renderPart(part)), ...renderer.renderEnd()])
  const events = bytes
    .toString()
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => {
      const [name, data] = frame.split('\n')
      const event = JSON.parse(data?.slice('data: '.length) ?? '') as ResponseStreamEvent
      expect(name).toBe(`event: ${event.type}`)
      return event
    })
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
  return { bytes, events }
}

/** As every official SDK puts the events together; it refuses those that are out of order. */
function readBySdk(bytes: Buffer): Promise<ModelResponse> {
  const fetch = async () => new Response(new Uint8Array(bytes), { headers: { 'content-type': 'text/event-stream' } })
  return new OpenAI({ apiKey: 'x', fetch }).responses.stream({ model: 'x', input: 'x' }).finalResponse()
}

const everything: LanguageModelV4StreamPart[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'reasoning-start', id: '0' },
  { type: 'reasoning-delta', id: '0', delta: 'hmm' },
  { type: 'reasoning-end', id: '0' },
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', delta: 'Olá ' },
  { type: 'text-delta', id: '0', delta: '🎟️' },
  { type: 'text-end', id: '0' },
  { type: 'tool-input-start', id: 'a', toolName: 'clima' },
  { type: 'tool-input-start', id: 'b', toolName: 'hora' },
  { type: 'tool-input-delta', id: 'a', delta: '{"x":' },
  { type: 'tool-input-delta', id: 'b', delta: '{}' },
  { type: 'tool-input-delta', id: 'a', delta: '1}' },
  { type: 'tool-input-end', id: 'a' },
  { type: 'tool-call', toolCallId: 'a', toolName: 'clima', input: '{"x":1}' },
  { type: 'tool-call', toolCallId: 'b', toolName: 'hora', input: '{}' },
  finish('tool-calls'),
]
const everyEvent = [
  'response.created',
  'response.in_progress',
  'response.output_item.added',
  'response.reasoning_summary_part.added',
  'response.reasoning_summary_text.delta',
  'response.reasoning_summary_text.done',
  'response.reasoning_summary_part.done',
  'response.output_item.done',
  'response.output_item.added',
  'response.content_part.added',
  'response.output_text.delta',
  'response.output_text.delta',
  'response.output_text.done',
  'response.content_part.done',
  'response.output_item.done',
  'response.output_item.added',
  'response.output_item.added',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'response.output_item.done',
  'response.function_call_arguments.done',
  'response.output_item.done',
  'response.completed',
]

test('thinking, text and two calls at once come in OpenAI’s order, and the usage with the end', async () => {
  const { bytes, events } = stream(...everything)
  expect(events.map((event) => event.type)).toEqual(everyEvent)
  const final = await readBySdk(bytes)
  expect(final.output_text).toBe('Olá 🎟️')
  expect(final.output).toMatchObject([
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hmm' }] },
    { type: 'message', role: 'assistant', status: 'completed' },
    { type: 'function_call', call_id: 'a', name: 'clima', arguments: '{"x":1}' },
    { type: 'function_call', call_id: 'b', name: 'hora', arguments: '{}' },
  ])
  expect(final).toMatchObject({
    id: 'resp_0198a7b2111172228333444455556666',
    status: 'completed',
    store: false,
    model: 'claude',
    created_at: 1_795_000_000,
    instructions: 'Seja breve.',
    tools: asked.tools,
    metadata: { a: 'b' },
    usage: {
      input_tokens: 20,
      input_tokens_details: { cached_tokens: 8 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 4 },
      total_tokens: 29,
    },
  })
  expect(new Set(final.output.map((item) => ('id' in item ? item.id : ''))).size).toBe(4)
})

test('text before and after a call, under one id, are two messages', async () => {
  const { bytes } = stream(
    { type: 'text-delta', id: '0', delta: 'antes' },
    { type: 'text-end', id: '0' },
    { type: 'tool-call', toolCallId: 'a', toolName: 'clima', input: '{}' },
    { type: 'text-delta', id: '0', delta: 'depois' },
    finish(),
  )
  const final = await readBySdk(bytes)
  expect(final.output.map((item) => item.type)).toEqual(['message', 'function_call', 'message'])
  expect(final.output_text).toBe('antesdepois')
})

test.each([
  ['length', 'max_output_tokens'],
  ['content-filter', 'content_filter'],
] as const)('an answer that ended by %s is incomplete and says why', async (reason, told) => {
  const { events, bytes } = stream({ type: 'text-delta', id: '0', delta: 'meia' }, finish(reason))
  expect(events.at(-1)?.type).toBe('response.incomplete')
  expect(await readBySdk(bytes)).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: told },
    output: [{ status: 'incomplete' }],
  })
})

test('an answer of nothing is whole, and one without usage has none', async () => {
  expect(await readBySdk(stream(finish()).bytes)).toMatchObject({ status: 'completed', output: [] })
  const none = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined }
  const { events } = stream({
    type: 'finish',
    usage: { inputTokens: none, outputTokens: { total: undefined, text: undefined, reasoning: undefined } },
    finishReason: { unified: 'stop', raw: undefined },
  })
  expect(events.at(-1)).toMatchObject({ response: { usage: null } })
})

test('what the provider ran itself has no place', () => {
  const { events } = stream(
    { type: 'tool-input-start', id: 'p', toolName: 'search', providerExecuted: true },
    { type: 'tool-input-delta', id: 'p', delta: '{}' },
    { type: 'tool-call', toolCallId: 'p', toolName: 'search', input: '{}', providerExecuted: true },
    finish(),
  )
  expect(events.map((event) => event.type)).toEqual(['response.created', 'response.in_progress', 'response.completed'])
})

test('a whole answer is the same response', () => {
  const body = JSON.parse(
    createRenderer(request, answer)
      .renderResult({
        content: [
          { type: 'reasoning', text: 'hmm' },
          { type: 'text', text: 'Olá' },
          { type: 'tool-call', toolCallId: 'a', toolName: 'clima', input: '{"x":1}' },
        ],
        finishReason: { unified: 'tool-calls', raw: undefined },
        usage,
        warnings: [],
      })
      .toString(),
  )
  expect(body).toMatchObject({
    object: 'response',
    status: 'completed',
    store: false,
    output: [
      { type: 'reasoning', summary: [{ text: 'hmm' }] },
      { type: 'message', content: [{ type: 'output_text', text: 'Olá', annotations: [] }] },
      { type: 'function_call', call_id: 'a', name: 'clima', arguments: '{"x":1}' },
    ],
    usage: { total_tokens: 29 },
  })
})

test('a failure within the stream is an error that the SDK throws, numbered after all that came', async () => {
  const renderer = createRenderer(request, answer)
  const begun = Buffer.concat(renderer.renderPart({ type: 'text-delta', id: '0', delta: 'Olá' }))
  const failure = openaiResponses.renderStreamError(new UpstreamBrokenError('stream_cut', 'It broke off'), 'call-1')
  const error: unknown = await readBySdk(Buffer.concat([begun, failure])).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(OpenAI.APIError)
  expect(error).toMatchObject({ code: 'stream_cut' })
  const event = JSON.parse(failure.toString().split('data: ')[1] ?? '')
  expect(event).toMatchObject({ type: 'error', code: 'stream_cut', message: 'It broke off', param: null })
  expect(event.sequence_number).toBeGreaterThan(1_000_000)
})
