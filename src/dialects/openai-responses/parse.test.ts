import { expect, test } from 'vitest'
import type { InvalidRequestError } from '../../shared/errors.ts'
import { parse } from './parse.ts'
import { prepareBody } from './prepare-body.ts'

const read = (body: object) => parse(Buffer.from(JSON.stringify(body)))
function refusal(body: object): unknown {
  try {
    read(body)
  } catch (error) {
    return (error as InvalidRequestError).details.param
  }
  return 'not refused'
}
const message = (content: unknown) => ({ input: [{ role: 'user', content }] })

test('what the pipeline needs is read off a call', () => {
  expect(read({ model: 'm', input: 'Oi', max_output_tokens: 50, stream: true })).toMatchObject({
    dialect: 'openai-responses',
    model: 'm',
    stream: true,
    wantsStreamUsage: true,
    maxOutputTokens: 50,
    choices: 1,
    hasAudio: false,
  })
  expect(read({ input: [{ type: 'message', role: 'user', content: 'Oi' }] })).toMatchObject({ model: undefined, stream: false })
  expect(read(message([{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } }])).hasAudio).toBe(true)
})

test.each([
  [{}, 'input'],
  [{ input: [] }, 'input'],
  [{ input: ['Oi'] }, 'input[0]'],
  [{ input: [{ content: 'Oi' }] }, 'input[0].role'],
  [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0]'],
  [{ input: [{ type: 'web_search_call', id: 'ws_1' }] }, 'input[0].type'],
  [{ input: [{ type: 'additional_tools', tools: [{ type: 'web_search' }] }] }, 'input[0].type'],
  [message([{ type: 'input_image', file_id: 'file_1' }]), 'input[0].content[0].file_id'],
  [message([{ type: 'input_image', image_url: 'file:///etc/passwd' }]), 'input[0].content[0].image_url'],
  [message([{ type: 'input_file', file_id: 'file_1' }]), 'input[0].content[0].file_id'],
  [message([{ type: 'input_file', file_url: 'https://example.com/a.pdf' }]), 'input[0].content[0].file_url'],
  [message([{ type: 'input_video' }]), 'input[0].content[0].type'],
  [
    { input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_file', file_id: 'f' }] }] },
    'input[0].output[0].file_id',
  ],
  [{ input: 'Oi', previous_response_id: 'resp_1' }, 'previous_response_id'],
  [{ input: 'Oi', conversation: { id: 'conv_1' } }, 'conversation'],
  [{ input: 'Oi', prompt: { id: 'pmpt_1' } }, 'prompt'],
  [{ input: 'Oi', context_management: [{ type: 'compaction' }] }, 'context_management'],
  [{ input: 'Oi', background: true }, 'background'],
  [{ input: 'Oi', store: true }, 'store'],
  [{ input: 'Oi', store: 'no' }, 'store'],
  [{ input: 'Oi', stream: 1 }, 'stream'],
  [{ input: 'Oi', max_output_tokens: 0 }, 'max_output_tokens'],
  [{ input: 'Oi', tools: {} }, 'tools'],
  ...[
    'web_search',
    'web_search_preview',
    'file_search',
    'code_interpreter',
    'image_generation',
    'computer',
    'mcp',
    'shell',
    'of_tomorrow',
  ].map((type) => [{ input: 'Oi', tools: [{ type: 'function', name: 'f' }, { type }] }, 'tools[1].type'] as const),
  [{ input: 'Oi', tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'mcp' }] }] }, 'tools[0].tools[0].type'],
] as const)('%j is refused at %s', (body, param) => {
  expect(refusal(body)).toBe(param)
})

test('what asks for nothing stored, and tools that the caller runs, are taken', () => {
  const nothing = { previous_response_id: null, conversation: null, background: false, store: false, prompt: null }
  const tools = [{ type: 'custom', name: 'c' }, { type: 'local_shell' }, { type: 'apply_patch' }]
  expect(refusal({ input: 'Oi', ...nothing, tools, include: ['reasoning.encrypted_content'] })).toBe('not refused')
})

test('the bound is never below the bytes of all text, and pictures, files and what is encrypted count', () => {
  const text = 'ação 🎟️ '.repeat(50)
  const bytes = Buffer.byteLength(text)
  const bound = (body: object) => read(body).inputTokensBound
  const least = bound({ input: '' })
  expect(bound({ input: text })).toBe(least + bytes)
  expect(bound({ input: '', instructions: text })).toBeGreaterThanOrEqual(least + bytes)
  for (const item of [
    { role: 'assistant', content: [{ type: 'output_text', text }] },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: text },
    { type: 'function_call_output', call_id: 'c', output: text },
    { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text }] },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: text },
    { type: 'custom_tool_call', call_id: 'c', name: 'f', input: text },
    { role: 'user', content: [{ type: 'input_file', filename: 'a.pdf', file_data: Buffer.from(text).toString('base64') }] },
  ]) {
    expect(bound({ input: [item] }), JSON.stringify(item).slice(0, 60)).toBeGreaterThanOrEqual(bytes)
  }
  expect(bound(message([{ type: 'input_image', image_url: 'https://example.com/a.png' }]))).toBeGreaterThan(48_000)
  expect(bound({ input: '', tools: [{ type: 'function', name: text }] })).toBeGreaterThan(2 * bytes)
  expect(bound({ input: '', text: { format: { type: 'json_schema', schema: { description: text } } } })).toBeGreaterThan(2 * bytes)
})

test('towards the provider nothing changes but the model, the limit, what is stored and its own fields', () => {
  const edit = { model: 'gpt', maxOutputTokens: undefined, limitField: 'max_tokens', asksStreamUsage: true, extra: undefined } as const
  const own = read({ model: 'gpt', input: 'Oi', store: false })
  expect(prepareBody(own, edit)).toBe(own.raw)
  const raw = Buffer.from('{ "input":"\\u00e7ão" , "model":"openai/gpt","seed":12345678901234567890,"stream":true}')
  expect(prepareBody(parse(raw), edit).toString()).toBe(
    '{"input":"\\u00e7ão" ,"model":"gpt","seed":12345678901234567890,"stream":true,"store":false}',
  )
  const limited = prepareBody(parse(raw), { ...edit, maxOutputTokens: 99, extra: { providerOptions: { gateway: {} } } }).toString()
  expect(JSON.parse(limited)).toMatchObject({ max_output_tokens: 99, store: false, providerOptions: { gateway: {} } })
  expect(limited).not.toMatch(/max_tokens|stream_options/)
})
