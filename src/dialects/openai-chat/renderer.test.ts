import { readFileSync } from 'node:fs'
import { createAnthropic } from '@ai-sdk/anthropic'
import type {
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { toTokenUsage } from '../to-token-usage.ts'
import { toWireFinishReason } from './finish-reason.ts'
import { parse } from './parse.ts'
import { createRenderer } from './renderer.ts'

const answer = { callId: '019b-call', model: 'anthropic/claude-sonnet-4-5', createdAtMs: 1_790_000_000_999 }
const usage: LanguageModelV4Usage = {
  inputTokens: { total: 60, noCache: 10, cacheRead: 30, cacheWrite: 20 },
  outputTokens: { total: 42, text: undefined, reasoning: undefined },
}

function rendererOf(asked = false) {
  const body = { stream: true, stream_options: { include_usage: asked }, messages: [{ role: 'user', content: 'Oi' }] }
  return createRenderer(parse(Buffer.from(JSON.stringify(body))), answer)
}

function render(parts: LanguageModelV4StreamPart[], asked = false) {
  const renderer = rendererOf(asked)
  const bytes = Buffer.concat([...parts.flatMap((part) => renderer.renderPart(part)), ...renderer.renderEnd()]).toString()
  const frames = bytes.split('\n\n')
  expect(frames.splice(-2)).toEqual(['data: [DONE]', ''])
  return frames.map((frame) => JSON.parse(frame.slice('data: '.length)))
}

const deltas = (chunks: { choices: { delta: unknown }[] }[]) => chunks.map((chunk) => chunk.choices[0]?.delta)
const finish = (unified: LanguageModelV4FinishReason['unified']): LanguageModelV4StreamPart => ({
  type: 'finish',
  finishReason: { unified, raw: undefined },
  usage,
})

test('text: the role first, then the pieces, then an end', () => {
  const chunks = render([
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'x', modelId: 'claude' },
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: '' },
    { type: 'text-delta', id: '0', delta: 'Olá' },
    { type: 'text-delta', id: '0', delta: ' 🐟' },
    { type: 'text-end', id: '0' },
    { type: 'ping' },
    finish('stop'),
  ])
  expect(deltas(chunks)).toEqual([{ role: 'assistant', content: '' }, { content: 'Olá' }, { content: ' 🐟' }, {}])
  expect(chunks.map((chunk) => chunk.choices[0].finish_reason)).toEqual([null, null, null, 'stop'])
  for (const chunk of chunks) {
    expect(chunk).toMatchObject({ id: 'chatcmpl-019b-call', object: 'chat.completion.chunk', created: 1_790_000_000, model: answer.model })
    expect(chunk).not.toHaveProperty('usage')
  }
})

test('usage comes only where asked: null in every chunk, then one of its own', () => {
  const chunks = render([{ type: 'text-delta', id: '0', delta: 'a' }, finish('stop')], true)
  expect(chunks.map((chunk) => chunk.usage)).toEqual([
    null,
    null,
    null,
    {
      prompt_tokens: 60,
      completion_tokens: 42,
      total_tokens: 102,
      prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 20 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
  ])
  expect(chunks.at(-1).choices).toEqual([])
})

test('a stream without a finish part, or without anything, still ends with a reason', () => {
  expect(render([])).toMatchObject([{ choices: [{ delta: { role: 'assistant' } }] }, { choices: [{ finish_reason: 'stop' }] }])
})

test('tool calls: an index each, id and name first, fragments after, and no stray {}', () => {
  const chunks = render([
    { type: 'tool-input-start', id: 'a', toolName: 'clima' },
    { type: 'tool-input-delta', id: 'a', delta: '' },
    { type: 'tool-input-delta', id: 'a', delta: '{"cidade":' },
    { type: 'tool-input-start', id: 'b', toolName: 'agora' },
    { type: 'tool-input-delta', id: 'a', delta: '"Ubatuba"}' },
    { type: 'tool-input-end', id: 'a' },
    { type: 'tool-call', toolCallId: 'a', toolName: 'clima', input: '{"cidade":"Ubatuba"}' },
    { type: 'tool-call', toolCallId: 'b', toolName: 'agora', input: '{}' },
    { type: 'tool-call', toolCallId: 'c', toolName: 'inteira', input: '{"x":1}' },
    { type: 'tool-input-start', id: 'd', toolName: 'do-provedor', providerExecuted: true },
    { type: 'tool-call', toolCallId: 'd', toolName: 'do-provedor', input: '{}', providerExecuted: true },
    finish('tool-calls'),
  ])
  const calls = chunks.flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? [])
  expect(calls).toEqual([
    { index: 0, id: 'a', type: 'function', function: { name: 'clima', arguments: '' } },
    { index: 0, function: { arguments: '{"cidade":' } },
    { index: 1, id: 'b', type: 'function', function: { name: 'agora', arguments: '' } },
    { index: 0, function: { arguments: '"Ubatuba"}' } },
    { index: 1, function: { arguments: '{}' } },
    { index: 2, id: 'c', type: 'function', function: { name: 'inteira', arguments: '{"x":1}' } },
  ])
  expect(chunks.at(-1).choices[0].finish_reason).toBe('tool_calls')
})

test('a whole answer', () => {
  const result: LanguageModelV4GenerateResult = {
    content: [
      { type: 'reasoning', text: 'Hmm.' },
      { type: 'text', text: 'Olá' },
      { type: 'text', text: '!' },
      { type: 'tool-call', toolCallId: 'a', toolName: 'clima', input: '{}' },
    ],
    finishReason: { unified: 'tool-calls', raw: 'tool_use' },
    usage,
    warnings: [],
  }
  expect(JSON.parse(rendererOf().renderResult(result).toString())).toEqual({
    id: 'chatcmpl-019b-call',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: answer.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Olá!',
          refusal: null,
          reasoning: 'Hmm.',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'clima', arguments: '{}' } }],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
    usage: expect.objectContaining({ prompt_tokens: 60, completion_tokens: 42, total_tokens: 102 }),
  })
  const onlyTools = JSON.parse(
    rendererOf()
      .renderResult({ ...result, content: result.content.slice(3) })
      .toString(),
  )
  expect(onlyTools.choices[0].message.content).toBeNull()
})

test('finish reasons are total', () => {
  const all = ['stop', 'length', 'content-filter', 'tool-calls', 'error', 'interrupted', 'other', undefined] as const
  expect(all.map(toWireFinishReason)).toEqual(['stop', 'length', 'content_filter', 'tool_calls', 'stop', 'stop', 'stop', 'stop'])
})

test("Anthropic's own stream, through the AI SDK and this renderer, read by the official OpenAI SDK", async () => {
  const recorded = readFileSync(new URL('__fixtures__/anthropic-stream.sse', import.meta.url))
  const headers = { 'content-type': 'text/event-stream' }
  const model = createAnthropic({ apiKey: 'sk-ant-test-none', fetch: async () => new Response(recorded, { headers }) })('claude-sonnet-4-5')
  const { stream } = await model.doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Oi' }] }] })
  const renderer = rendererOf(true)
  const frames: Buffer[] = []
  for await (const part of stream) {
    if (part.type === 'finish') {
      // Its total holds what was read from and written to the cache, and the hour's share is told.
      expect(toTokenUsage(part.usage)).toEqual({
        inputTokens: 60,
        cachedTokens: 30,
        cacheWriteTokens: 20,
        cacheWriteOneHourTokens: 15,
        outputTokens: 42,
        reasoningTokens: 0,
        totalTokens: 102,
      })
    }
    frames.push(...renderer.renderPart(part))
  }
  frames.push(...renderer.renderEnd())
  const client = new OpenAI({ apiKey: 'sk-test-none', fetch: async () => new Response(Buffer.concat(frames), { headers }), maxRetries: 0 })
  const completion = await client.chat.completions
    .stream({ model: 'm', messages: [], stream_options: { include_usage: true } })
    .finalChatCompletion()
  expect(completion.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: 'Vou ver o coração ç 🐟.',
      tool_calls: [
        { id: 'toolu_fixture1', type: 'function', function: { name: 'clima', arguments: '{"cidade":"São Paulo"}' } },
        { id: 'toolu_fixture2', type: 'function', function: { name: 'agora', arguments: '{}' } },
      ],
    },
  })
  expect(completion.usage).toMatchObject({
    prompt_tokens: 60,
    completion_tokens: 42,
    total_tokens: 102,
    prompt_tokens_details: { cached_tokens: 30 },
  })
})
