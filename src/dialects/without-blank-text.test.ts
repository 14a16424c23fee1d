import { describe, expect, test } from 'vitest'
import { anthropicMessages, openaiChat, openaiResponses } from './index.ts'

const png = 'data:image/png;base64,AAAA'
const body = (value: unknown) => Buffer.from(JSON.stringify(value))
const chat = (messages: unknown[]) => openaiChat.toCallOptions(openaiChat.parse(body({ messages }))).prompt
const anthropic = (fields: object) => anthropicMessages.toCallOptions(anthropicMessages.parse(body({ max_tokens: 9, ...fields }))).prompt
const responses = (fields: object) => openaiResponses.toCallOptions(openaiResponses.parse(body(fields))).prompt

describe('in translation, texts that say nothing are left out', () => {
  test('of a system prompt and a caption', () => {
    const spoken = [{ role: 'user', content: [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } }] }]
    const caption = { type: 'text', text: '' }
    const asked = [
      { role: 'system', content: ' ' },
      { role: 'user', content: [caption, { type: 'image_url', image_url: { url: png } }] },
    ]
    expect(chat(asked)).toEqual(spoken)
    const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' }
    expect(anthropic({ system: '', messages: [{ role: 'user', content: [caption, { type: 'image', source }] }] })).toEqual(spoken)
    const content = [
      { type: 'input_text', text: '\n' },
      { type: 'input_image', image_url: png },
    ]
    expect(responses({ instructions: '', input: [{ role: 'user', content }] })).toEqual(spoken)
  })

  test('of a turn that has nothing else', () => {
    const turns = ['Oi', '', '', 'Tudo bem?'].map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }))
    expect(chat(turns).map(({ role }) => role)).toEqual(['user', 'assistant'])
  })

  test('but a call of nothing else goes as it came', () => {
    expect(chat([{ role: 'user', content: '' }])).toEqual([{ role: 'user', content: [{ type: 'text', text: '' }] }])
  })
})
