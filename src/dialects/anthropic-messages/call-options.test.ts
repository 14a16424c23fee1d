import { describe, expect, test } from 'vitest'
import { anthropicMessages } from './index.ts'

function translate(body: object) {
  const whole = { max_tokens: 50, messages: [{ role: 'user', content: 'Oi' }], ...body }
  return anthropicMessages.toCallOptions(anthropicMessages.parse(Buffer.from(JSON.stringify(whole))))
}
const paramOf = (body: object): unknown => {
  try {
    translate(body)
  } catch (error) {
    return (error as { details: { param: unknown } }).details.param
  }
  return 'nothing was refused'
}
const use = { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'clima', input: { c: 1 } }] }

test('settings, tools and formats', () => {
  const schema = { type: 'object', properties: {} }
  expect(
    translate({
      temperature: 0.2,
      top_p: 0.9,
      top_k: 5,
      stop_sequences: ['fim'],
      tools: [
        { type: 'custom', name: 'clima', description: 'd', input_schema: schema, strict: true, cache_control: { type: 'ephemeral' } },
      ],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      output_config: { effort: 'low', format: { type: 'json_schema', schema } },
      thinking: { type: 'enabled', budget_tokens: 30_000 },
      metadata: { user_id: 'u' },
    }),
  ).toMatchObject({
    maxOutputTokens: 50,
    temperature: 0.2,
    topP: 0.9,
    topK: 5,
    stopSequences: ['fim'],
    tools: [{ type: 'function', name: 'clima', description: 'd', inputSchema: schema, strict: true }],
    toolChoice: { type: 'required' },
    providerOptions: { openai: { parallelToolCalls: false }, groq: { parallelToolCalls: false } },
    responseFormat: { type: 'json', schema },
    reasoning: 'low',
  })
})

test.each([
  [{ type: 'enabled', budget_tokens: 1024 }, 'low'],
  [{ type: 'enabled', budget_tokens: 10_000 }, 'medium'],
  [{ type: 'enabled', budget_tokens: 32_000 }, 'high'],
  [{ type: 'adaptive' }, 'provider-default'],
  [{ type: 'disabled' }, 'provider-default'],
])('thinking %o is the effort %s', (thinking, effort) => {
  expect(translate({ thinking }).reasoning).toBe(effort)
})

test('an empty list of stop sequences asks for nothing', () => {
  expect(translate({ stop_sequences: [] })).toEqual(translate({}))
})

test.each([
  ['auto', { type: 'auto' }],
  ['none', { type: 'none' }],
  ['required', { type: 'any' }],
  ['tool', { type: 'tool', name: 'clima' }],
])('tool_choice %s', (type, tool_choice) => {
  expect(translate({ tool_choice }).toolChoice).toMatchObject({ type })
})

test.each([
  ['x_unknown', { x_unknown: 1 }],
  ['temperature', { temperature: 'hot' }],
  ['stop_sequences', { stop_sequences: 'fim' }],
  ['thinking', { thinking: { type: 'between_tools' } }],
  ['tool_choice', { tool_choice: 'auto' }],
  ['output_format', { output_format: { type: 'grammar' } }],
  ['output_config.task_budget', { output_config: { task_budget: {} } }],
  ['tools[0].defer_loading', { tools: [{ name: 'a', input_schema: {}, defer_loading: true }] }],
  ['messages[0].role', { messages: [{ role: 'critic', content: 'a' }] }],
  [
    'messages[0].content[0].type',
    { messages: [{ role: 'user', content: [{ type: 'search_result', source: 'a', title: 'b', content: [] }] }] },
  ],
  [
    'messages[0].content[0].citations',
    { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'text', data: 'a' }, citations: { enabled: true } }] }] },
  ],
  [
    'messages[0].content[0].tool_use_id',
    { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x', content: 'a' }] }] },
  ],
])('refuses by its name: %s', (param, body) => {
  expect(paramOf(body)).toBe(param)
})

describe('messages', () => {
  const prompt = (messages: object[], system?: unknown) => translate({ messages, system }).prompt

  test('system as text, as blocks and in the middle', () => {
    expect(
      prompt(
        [
          { role: 'system', content: 'b' },
          { role: 'user', content: 'Oi' },
        ],
        [{ type: 'text', text: 'a' }],
      ),
    ).toEqual([
      { role: 'system', content: 'a' },
      { role: 'system', content: 'b' },
      { role: 'user', content: [{ type: 'text', text: 'Oi' }] },
    ])
    expect(prompt([{ role: 'user', content: 'Oi' }], 'a')[0]).toEqual({ role: 'system', content: 'a' })
  })

  test('pictures and documents', () => {
    const content = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
      { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } },
      { type: 'document', title: 'nota.pdf', context: 'de ontem', source: { type: 'base64', media_type: 'application/pdf', data: 'aGk=' } },
      { type: 'document', title: 'Lei', source: { type: 'text', media_type: 'text/plain', data: 'Art. 1' } },
      { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'parte' }] } },
    ]
    expect(prompt([{ role: 'user', content }])).toEqual([
      {
        role: 'user',
        content: [
          { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aGk=' } },
          { type: 'file', mediaType: 'image', data: { type: 'url', url: new URL('https://x.test/a.png') } },
          { type: 'text', text: 'de ontem' },
          { type: 'file', mediaType: 'application/pdf', data: { type: 'data', data: 'aGk=' }, filename: 'nota.pdf' },
          { type: 'text', text: 'Lei\nArt. 1' },
          { type: 'text', text: 'parte' },
        ],
      },
    ])
  })

  test('thinking stays with who thought it; calls and results find each other', () => {
    const assistant = {
      role: 'assistant',
      content: [{ type: 'thinking', thinking: 'hm', signature: 's' }, { type: 'text', text: '' }, ...use.content],
    }
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } }
    const result = {
      type: 'tool_result',
      tool_use_id: 't1',
      is_error: true,
      content: [{ type: 'text', text: 'a' }, image, { type: 'text', text: 'b' }],
    }
    expect(
      prompt([{ role: 'user', content: 'Oi' }, assistant, { role: 'user', content: [{ type: 'text', text: 'e?' }, result] }]).slice(1),
    ).toEqual([
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 't1', toolName: 'clima', input: { c: 1 } }] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: 't1', toolName: 'clima', output: { type: 'error-text', value: 'a\nb' } }],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'From the result of clima (t1):' },
          { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aGk=' } },
          { type: 'text', text: 'e?' },
        ],
      },
    ])
    const plain = prompt([use, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1' }] }])
    expect(plain.at(-1)).toMatchObject({ role: 'tool', content: [{ output: { type: 'text', value: '' } }] })
  })
})
