import { expect, it } from 'vitest'
import { userTexts } from './user-texts.ts'

it('reads what users say in each dialect, and nothing that others say', () => {
  expect(
    userTexts({
      messages: [
        { role: 'system', content: 'sys' },
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
      ],
    }),
  ).toEqual(['a'])
  expect(
    userTexts({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'c' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'text', text: 'd' },
          ],
        },
      ],
    }),
  ).toEqual(['c\nd'])
  expect(
    userTexts({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'x', content: 'tool' },
            { type: 'text', text: 'e' },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'f' } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x', content: 'tool' }] },
      ],
    }),
  ).toEqual(['e\nf'])
  expect(userTexts({ input: 'g', instructions: 'app' })).toEqual(['g'])
  expect(
    userTexts({
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'h' }] },
        { type: 'function_call_output', call_id: 'x', output: 'tool' },
      ],
    }),
  ).toEqual(['h'])
})

it('reads the prompts of other kinds and of the AI SDK', () => {
  expect(userTexts({ input: ['i', 'j'] })).toEqual(['i\nj'])
  expect(userTexts({ prompt: 'k', n: 1 })).toEqual(['k'])
  expect(
    userTexts({
      prompt: [
        { role: 'system', content: 'sys' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'l' },
            { type: 'file', mediaType: 'image/png', data: new Uint8Array([1]) },
          ],
        },
        { role: 'tool', content: [{ type: 'tool-result', output: { type: 'text', value: 'tool' } }] },
      ],
    }),
  ).toEqual(['l'])
  expect(userTexts({ input: '  ' })).toEqual([])
})
