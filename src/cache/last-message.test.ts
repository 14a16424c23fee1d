import { describe, expect, test } from 'vitest'
import { takeLastMessage } from './last-message.ts'

const system = { role: 'system', content: 'Be brief.' }
const user = (content: unknown) => ({ role: 'user', content })

describe('the last message of a conversation of texts is taken out', () => {
  test.each<[string, Record<string, unknown>, string, Record<string, unknown>]>([
    ['chat', { seed: 1, messages: [system, user('oi')] }, 'oi', { seed: 1, messages: [system, user('')] }],
    [
      'chat in parts',
      { messages: [user('a'), { role: 'assistant', content: 'b', refusal: null }, user([text('c'), text('d')])] },
      'c\nd',
      { messages: [user('a'), { role: 'assistant', content: 'b', refusal: null }, user([text(''), text('')])] },
    ],
    [
      'Anthropic, its cache marks kept',
      { system: 'Be brief.', messages: [user([{ ...text('oi'), cache_control: { type: 'ephemeral' } }])] },
      'oi',
      { system: 'Be brief.', messages: [user([{ ...text(''), cache_control: { type: 'ephemeral' } }])] },
    ],
    ['a Responses text', { input: 'oi', instructions: 'x' }, 'oi', { input: '', instructions: 'x' }],
    [
      'Responses items',
      { input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'oi' }] }], prompt: { id: 'p' } },
      'oi',
      { input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: '' }] }], prompt: { id: 'p' } },
    ],
    ["the AI SDK's prompt", { prompt: [system, user([text('oi')])], tools: undefined }, 'oi', { prompt: [system, user([text('')])] }],
    ['no tools', { tools: [], messages: [user('oi')] }, 'oi', { tools: [], messages: [user('')] }],
  ])('%s', (_what, body, said, rest) => expect(takeLastMessage(body)).toEqual({ text: said, rest }))
})

describe('anything else is not compared by meaning', () => {
  test.each<[string, Record<string, unknown>]>([
    ['tools', { tools: [{ type: 'function' }], messages: [user('oi')] }],
    ['functions', { functions: [{ name: 'f' }], messages: [user('oi')] }],
    ['sound in the answer', { audio: { voice: 'x' }, messages: [user('oi')] }],
    ['a picture', { messages: [user([text('oi'), { type: 'image_url', image_url: { url: 'x' } }])] }],
    ['an earlier picture', { messages: [user([{ type: 'image', source: {} }]), user('oi')] }],
    ['a file of the AI SDK', { prompt: [user([{ type: 'file', data: 'x' }])] }],
    ['a tool result', { messages: [user('oi'), { role: 'tool', content: 'x', tool_call_id: 'y' }, user('e?')] }],
    ['a tool call', { messages: [{ role: 'assistant', content: 'x', tool_calls: [{ id: 'y' }] }, user('e?')] }],
    ['a tool result of Anthropic', { messages: [user([{ type: 'tool_result', content: 'x' }])] }],
    ['a function call of Responses', { input: [{ type: 'function_call', name: 'f' }, user('oi')] }],
    ['a last word of somebody else', { messages: [user('oi'), { role: 'assistant', content: 'Olá' }] }],
    ['nothing said', { messages: [user('  ')] }],
    ['no messages', { messages: [] }],
    ['no conversation', { text: 'oi' }],
    ['a long message', { messages: [user('ã'.repeat(4_001))] }],
    ['nonsense', { messages: [null, 'x', user(7)] }],
  ])('%s', (_what, body) => expect(takeLastMessage(body)).toBeUndefined())
})

function text(said: string) {
  return { type: 'text', text: said }
}
