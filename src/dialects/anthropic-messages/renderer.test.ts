import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider'
import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, test } from 'vitest'
import { anthropicMessages } from './index.ts'

const names = { callId: 'call-1', model: 'gpt-x', createdAtMs: 0 }
const request = anthropicMessages.parse(Buffer.from('{"max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Oi"}]}'))
const usage: LanguageModelV4Usage = {
  inputTokens: { total: 20, noCache: 15, cacheRead: 5, cacheWrite: undefined },
  outputTokens: { total: 8, text: 6, reasoning: 2 },
}
const finish = (unified: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other'): LanguageModelV4StreamPart => ({
  type: 'finish',
  usage,
  finishReason: { unified, raw: undefined },
})

function render(parts: LanguageModelV4StreamPart[]): string {
  const renderer = anthropicMessages.createRenderer(request, names)
  return Buffer.concat([...parts.flatMap((part) => renderer.renderPart(part)), ...renderer.renderEnd()]).toString()
}

const eventsOf = (stream: string): Record<string, unknown>[] =>
  stream
    .trimEnd()
    .split('\n\n')
    .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)))

function readBySdk(stream: string): Promise<Anthropic.Message> {
  const fetch = async () => new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  const client = new Anthropic({ apiKey: 'sk-ant-test-none', fetch, maxRetries: 0 })
  return client.messages.stream({ model: 'm', max_tokens: 9, messages: [] }).finalMessage()
}

/** One block at a time: each ends before the next begins, and indexes count up. */
function expectOneAtATime(stream: string): void {
  let open: unknown
  let next = 0
  for (const { type, index } of eventsOf(stream)) {
    if (type === 'content_block_start') {
      expect({ open, index }).toEqual({ open: undefined, index: next })
      open = next++
    } else if (type === 'content_block_delta') expect(index).toBe(open)
    else if (type === 'content_block_stop') {
      expect(index).toBe(open)
      open = undefined
    }
  }
  expect(open).toBeUndefined()
}

describe('a stream', () => {
  test('thinking, text and tools that their provider works at together come one after another', async () => {
    const stream = render([
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'hm' },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'Olá 🎟️' },
      { type: 'tool-input-start', id: 'a', toolName: 'clima' },
      { type: 'tool-input-delta', id: 'a', delta: '{"c":' },
      { type: 'tool-input-start', id: 'b', toolName: 'hora' },
      { type: 'tool-input-delta', id: 'b', delta: '{"d":2' },
      { type: 'tool-input-delta', id: 'a', delta: '1}' },
      { type: 'text-delta', id: 't', delta: ' e depois' },
      { type: 'tool-input-delta', id: 'b', delta: '}' },
      { type: 'tool-call', toolCallId: 'b', toolName: 'hora', input: '{"d":2}' },
      { type: 'tool-call', toolCallId: 'a', toolName: 'clima', input: '{"c":1}' },
      { type: 'tool-call', toolCallId: 'c', toolName: 'nada', input: '{}' },
      { type: 'tool-call', toolCallId: 's', toolName: 'busca', input: '{}', providerExecuted: true },
      finish('tool-calls'),
    ])
    expectOneAtATime(stream)
    const message = await readBySdk(stream)
    expect(message).toMatchObject({ id: 'msg_call-1', model: 'gpt-x', stop_reason: 'tool_use' })
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'Olá 🎟️' },
      { type: 'tool_use', id: 'a', name: 'clima', input: { c: 1 } },
      { type: 'tool_use', id: 'b', name: 'hora', input: { d: 2 } },
      { type: 'text', text: ' e depois' },
      { type: 'tool_use', id: 'c', name: 'nada', input: {} },
    ])
    expect(message.usage).toMatchObject({ input_tokens: 15, cache_read_input_tokens: 5, output_tokens: 8 })
  })

  test.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['content-filter', 'refusal'],
    ['other', 'end_turn'],
  ] as const)('%s is %s', (unified, stop_reason) => {
    const events = eventsOf(render([{ type: 'text-delta', id: 't', delta: 'a' }, finish(unified)]))
    expect(events.at(-2)).toMatchObject({ type: 'message_delta', delta: { stop_reason } })
    expect(events.at(-1)).toEqual({ type: 'message_stop' })
  })

  test('one without content or without a finish is whole all the same', async () => {
    expect(eventsOf(render([finish('stop')])).map(({ type }) => type)).toEqual(['message_start', 'message_delta', 'message_stop'])
    expect(await readBySdk(render([{ type: 'text-delta', id: 't', delta: 'a' }]))).toMatchObject({ stop_reason: 'end_turn' })
  })
})

test('a whole answer, whose cut-off arguments are no arguments', () => {
  const result = {
    content: [
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'Olá' },
      { type: 'tool-call', toolCallId: 'a', toolName: 'clima', input: '{"c":1}' },
      { type: 'tool-call', toolCallId: 'b', toolName: 'hora', input: '{"d":' },
    ],
    finishReason: { unified: 'stop', raw: undefined },
    usage,
    warnings: [],
  } as LanguageModelV4GenerateResult
  expect(JSON.parse(anthropicMessages.createRenderer(request, names).renderResult(result).toString())).toMatchObject({
    id: 'msg_call-1',
    type: 'message',
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'text', text: 'Olá' },
      { type: 'tool_use', id: 'a', name: 'clima', input: { c: 1 } },
      { type: 'tool_use', id: 'b', name: 'hora', input: {} },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 15, cache_read_input_tokens: 5, cache_creation_input_tokens: 0, output_tokens: 8 },
  })
})
