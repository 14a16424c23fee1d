import { expect, test } from 'vitest'
import type { InvalidRequestError } from '../../shared/errors.ts'
import { toCallOptions } from './call-options.ts'
import { parse } from './parse.ts'

const translate = (body: object) => toCallOptions(parse(Buffer.from(JSON.stringify(body))))
const png = 'data:image/png;base64,iVBORw0KGgo='

test('a conversation becomes a prompt in which calls made together stand in one message', () => {
  const { prompt } = translate({
    instructions: 'Seja breve.',
    input: [
      { role: 'developer', content: 'Em português.' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Como está?' },
          { type: 'input_image', image_url: png, detail: 'low' },
        ],
      },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'abc' },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Vejo.', annotations: [] }],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'a', name: 'clima', arguments: '{"cidade":"Olinda"}' },
      { type: 'function_call', call_id: 'b', name: 'hora', arguments: '' },
      { type: 'function_call_output', call_id: 'a', output: '{"graus":23}' },
      { type: 'function_call_output', call_id: 'b', output: [{ type: 'input_text', text: '10h' }] },
      { role: 'user', content: [{ type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' }] },
    ],
  })
  expect(prompt).toEqual([
    { role: 'system', content: 'Seja breve.' },
    { role: 'system', content: 'Em português.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Como está?' },
        {
          type: 'file',
          mediaType: 'image/png',
          data: { type: 'data', data: 'iVBORw0KGgo=' },
          providerOptions: { openai: { imageDetail: 'low' } },
        },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Vejo.' },
        { type: 'tool-call', toolCallId: 'a', toolName: 'clima', input: { cidade: 'Olinda' } },
        { type: 'tool-call', toolCallId: 'b', toolName: 'hora', input: {} },
      ],
    },
    {
      role: 'tool',
      content: [
        { type: 'tool-result', toolCallId: 'a', toolName: 'clima', output: { type: 'text', value: '{"graus":23}' } },
        { type: 'tool-result', toolCallId: 'b', toolName: 'hora', output: { type: 'text', value: '10h' } },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'file', mediaType: 'application/pdf', data: { type: 'data', data: 'JVBERg==' }, filename: 'a.pdf' }],
    },
  ])
})

test('settings are carried by their names there', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const { prompt: _prompt, ...options } = translate({
    input: 'Oi',
    max_output_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    reasoning: { effort: 'low', summary: 'auto' },
    text: { format: { type: 'json_schema', name: 'n', strict: true, schema }, verbosity: 'medium' },
    tools: [{ type: 'function', name: 'f', description: 'd', parameters: schema, strict: true }],
    tool_choice: { type: 'function', name: 'f' },
    parallel_tool_calls: false,
  })
  expect(options).toEqual({
    maxOutputTokens: 100,
    temperature: 0.5,
    topP: 0.9,
    reasoning: 'low',
    responseFormat: { type: 'json', name: 'n', schema },
    tools: [{ type: 'function', name: 'f', description: 'd', inputSchema: schema, strict: true }],
    toolChoice: { type: 'tool', toolName: 'f' },
    providerOptions: {
      openai: { parallelToolCalls: false },
      groq: { parallelToolCalls: false },
      anthropic: { disableParallelToolUse: true },
    },
  })
})

test('what changes nothing of the answer is dropped', () => {
  expect(
    translate({
      model: 'm',
      input: 'Oi',
      stream: true,
      stream_options: { include_obfuscation: false },
      store: false,
      background: false,
      user: 'u',
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
      safety_identifier: 's',
      max_tool_calls: 3,
      include: ['reasoning.encrypted_content'],
      truncation: 'auto',
      service_tier: 'auto',
      top_logprobs: 0,
      temperature: null,
    }),
  ).toEqual({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Oi' }] }] })
})

test.each([
  [{ x_unknown: 1 }, 'x_unknown'],
  [{ stop: ['fim'] }, 'stop'],
  [{ service_tier: 'flex' }, 'service_tier'],
  [{ top_logprobs: 3 }, 'top_logprobs'],
  [{ include: ['message.output_text.logprobs'] }, 'include'],
  [{ truncation: 'middle' }, 'truncation'],
  [{ temperature: 'hot' }, 'temperature'],
  [{ reasoning: { effort: 'huge' } }, 'reasoning.effort'],
  [{ reasoning: { mode: 'pro' } }, 'reasoning.mode'],
  [{ text: { verbosity: 'low' } }, 'text.verbosity'],
  [{ text: { format: { type: 'grammar' } } }, 'text.format'],
  [{ tools: [{ type: 'custom', name: 'c' }] }, 'tools[0].type'],
  [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
  [{ tool_choice: { type: 'allowed_tools' } }, 'tool_choice'],
  [{ parallel_tool_calls: 'yes' }, 'parallel_tool_calls'],
  [{ instructions: ['a'] }, 'instructions'],
  [{ input: [{ type: 'function_call_output', call_id: 'x', output: 'y' }] }, 'input[0].call_id'],
  [{ input: [{ type: 'function_call', name: 'f', arguments: '{}' }] }, 'input[0]'],
  [{ input: [{ type: 'function_call', call_id: 'x', name: 'f', arguments: '{' }] }, 'input[0].arguments'],
  [{ input: [{ type: 'custom_tool_call', call_id: 'x', name: 'f', input: 'y' }] }, 'input[0].type'],
  [{ input: [{ role: 'critic', content: 'y' }] }, 'input[0].role'],
])('%j cannot be carried and is named', (body, param) => {
  let error: unknown
  try {
    translate({ input: 'Oi', ...body })
  } catch (thrown) {
    error = thrown
  }
  expect((error as InvalidRequestError)?.details.param).toBe(param)
})
