import { createAnthropic } from '@ai-sdk/anthropic'
import { expect, test } from 'vitest'
import { toCallOptions } from './call-options.ts'
import { parse } from './parse.ts'

const user = { role: 'user', content: 'Oi' }
const optionsOf = (body: Record<string, unknown>) => toCallOptions(parse(Buffer.from(JSON.stringify({ messages: [user], ...body }))))
const promptOf = (...messages: unknown[]) => optionsOf({ messages }).prompt

const call = { id: 'call_1', type: 'function', function: { name: 'clima', arguments: '{"cidade":"São Paulo"}' } }

test('a conversation with everything in it', () => {
  const prompt = promptOf(
    { role: 'system', content: 'Seja breve.' },
    {
      role: 'developer',
      content: [
        { type: 'text', text: 'Um' },
        { type: 'text', text: 'Dois' },
      ],
    },
    {
      role: 'user',
      name: 'ana',
      content: [
        { type: 'text', text: 'Veja' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        { type: 'input_audio', input_audio: { data: 'BBBB', format: 'wav' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,CCCC' } },
      ],
    },
    { role: 'assistant', content: 'Vou ver.', tool_calls: [call, { ...call, id: 'call_2', function: { name: 'agora', arguments: '' } }] },
    { role: 'tool', tool_call_id: 'call_1', content: '25 graus' },
    {
      role: 'tool',
      tool_call_id: 'call_2',
      content: [
        { type: 'text', text: '10' },
        { type: 'text', text: ':00' },
      ],
    },
    { role: 'assistant', content: null, refusal: 'Não posso.' },
  )
  expect(prompt).toEqual([
    { role: 'system', content: 'Seja breve.' },
    { role: 'system', content: 'Um' },
    { role: 'system', content: 'Dois' },
    {
      role: 'user',
      providerOptions: { openai: { name: 'ana' } },
      content: [
        { type: 'text', text: 'Veja' },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' }, providerOptions: { openai: { imageDetail: 'low' } } },
        { type: 'file', mediaType: 'image', data: { type: 'url', url: new URL('https://example.com/a.png') } },
        { type: 'file', mediaType: 'audio/wav', data: { type: 'data', data: 'BBBB' } },
        { type: 'file', mediaType: 'application/pdf', data: { type: 'data', data: 'CCCC' }, filename: 'a.pdf' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Vou ver.' },
        { type: 'tool-call', toolCallId: 'call_1', toolName: 'clima', input: { cidade: 'São Paulo' } },
        { type: 'tool-call', toolCallId: 'call_2', toolName: 'agora', input: {} },
      ],
    },
    {
      role: 'tool',
      content: [{ type: 'tool-result', toolCallId: 'call_1', toolName: 'clima', output: { type: 'text', value: '25 graus' } }],
    },
    { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'call_2', toolName: 'agora', output: { type: 'text', value: '10:00' } }] },
    { role: 'assistant', content: [{ type: 'text', text: 'Não posso.' }] },
  ])
})

test('every setting arrives', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  expect(
    optionsOf({
      max_completion_tokens: 100,
      temperature: 0.2,
      top_p: 0.9,
      seed: 7,
      presence_penalty: 0.1,
      frequency_penalty: -0.1,
      stop: 'FIM',
      reasoning_effort: 'low',
      parallel_tool_calls: false,
      tools: [
        { type: 'function', function: { name: 'f', description: 'd', parameters: schema, strict: true } },
        { type: 'function', function: { name: 'g' } },
      ],
      tool_choice: { type: 'function', function: { name: 'f' } },
      response_format: { type: 'json_schema', json_schema: { name: 'r', description: 'd', schema, strict: true } },
    }),
  ).toEqual({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Oi' }] }],
    maxOutputTokens: 100,
    temperature: 0.2,
    topP: 0.9,
    seed: 7,
    presencePenalty: 0.1,
    frequencyPenalty: -0.1,
    stopSequences: ['FIM'],
    reasoning: 'low',
    providerOptions: {
      openai: { parallelToolCalls: false },
      groq: { parallelToolCalls: false },
      anthropic: { disableParallelToolUse: true },
    },
    tools: [
      { type: 'function', name: 'f', description: 'd', inputSchema: schema, strict: true },
      { type: 'function', name: 'g', inputSchema: { type: 'object', properties: {} } },
    ],
    toolChoice: { type: 'tool', toolName: 'f' },
    responseFormat: { type: 'json', name: 'r', description: 'd', schema },
  })
  expect(optionsOf({ stop: ['a', 'b'], response_format: { type: 'json_object' }, tool_choice: 'required', tools: [] })).toMatchObject({
    stopSequences: ['a', 'b'],
    responseFormat: { type: 'json' },
    toolChoice: { type: 'required' },
  })
})

test('what asks for nothing is no obstacle', () => {
  const harmless = {
    n: 1,
    store: false,
    logprobs: false,
    top_logprobs: 0,
    service_tier: 'auto',
    modalities: ['text'],
    logit_bias: {},
    stop: [],
    user: 'u',
    metadata: { a: 'b' },
    stream: true,
    stream_options: { include_usage: true },
    prediction: { type: 'content', content: 'x' },
    audio: null,
    future: null,
  }
  expect(optionsOf(harmless)).toEqual(optionsOf({}))
})

test.each([
  ['n', 2],
  ['logprobs', true],
  ['top_logprobs', 3],
  ['store', true],
  ['service_tier', 'priority'],
  ['modalities', ['text', 'audio']],
  ['audio', { voice: 'alloy', format: 'wav' }],
  ['logit_bias', { 50256: -100 }],
  ['web_search_options', {}],
  ['verbosity', 'low'],
  ['function_call', 'auto'],
  ['functions', [{ name: 'f' }]],
  ['some_new_field', true],
  ['temperature', 'hot'],
  ['reasoning_effort', 'enormous'],
  ['response_format', { type: 'grammar' }],
  ['tool_choice', { type: 'allowed_tools' }],
  ['stop', [1]],
  ['tools', { f: 1 }],
])('what cannot be carried is refused by name: %s of %j', (field, value) => {
  expect(() => optionsOf({ [field]: value })).toThrow(expect.objectContaining({ code: 'invalid_body', details: { param: field } }))
})

test.each([
  ['tools[0].type', { tools: [{ type: 'custom', custom: { name: 'f' } }] }],
  ['messages[0].role', { messages: [{ role: 'function', name: 'f', content: 'x' }] }],
  ['messages[0].tool_call_id', { messages: [{ role: 'tool', tool_call_id: 'call_9', content: 'x' }] }],
  ['messages[0].function_call', { messages: [{ role: 'assistant', function_call: { name: 'f', arguments: '{}' } }] }],
  ['messages[0].tool_calls[0]', { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', type: 'custom' }] }] }],
  [
    'messages[0].tool_calls[0].function.arguments',
    { messages: [{ role: 'assistant', tool_calls: [{ ...call, function: { name: 'f', arguments: '{"a":' } }] }] },
  ],
  [
    'messages[0].content[0].image_url.url',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/svg+xml,<svg/>' } }] }] },
  ],
  ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'refusal', refusal: 'x' }] }] }],
])('what cannot be carried is refused where it stands: %s', (param, body) => {
  expect(() => optionsOf(body)).toThrow(expect.objectContaining({ details: { param } }))
})

test('a field named like a part of every object is a field like any other', () => {
  const request = parse(
    Buffer.from('{"messages":[{"role":"user","content":"Oi","__proto__":{"x":1}}],"__proto__":{"n":1},"constructor":1}'),
  )
  expect(() => toCallOptions(request)).toThrow(expect.objectContaining({ details: { param: '__proto__' } }))
})

test("the AI SDK's Anthropic model takes it", async () => {
  let sent: Record<string, unknown> = {}
  const fetch = async (_url: unknown, init?: RequestInit) => {
    sent = JSON.parse(String(init?.body))
    const usage = { input_tokens: 10, cache_creation_input_tokens: 20, cache_read_input_tokens: 30, output_tokens: 4 }
    return Response.json({
      type: 'message',
      id: 'msg_1',
      model: 'claude-x',
      content: [{ type: 'text', text: 'Oi' }],
      stop_reason: 'end_turn',
      usage,
    })
  }
  const model = createAnthropic({ apiKey: 'sk-ant-test-none', fetch })('claude-sonnet-4-5')
  const messages = [
    { role: 'system', content: 'Seja breve.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Veja' },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: '25 graus' },
  ]
  const tools = [{ type: 'function', function: { name: 'clima', parameters: { type: 'object', properties: {} } } }]
  await model.doGenerate(optionsOf({ messages, tools, max_tokens: 50, stop: 'FIM', parallel_tool_calls: false }))
  expect(sent).toMatchObject({
    system: [{ type: 'text', text: 'Seja breve.' }],
    max_tokens: 50,
    stop_sequences: ['FIM'],
    tools: [{ name: 'clima' }],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Veja' },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'clima', input: { cidade: 'São Paulo' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: '25 graus' }] },
    ],
  })
})
