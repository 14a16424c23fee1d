import { expect, test } from 'vitest'
import { promptHasAudio, promptTokensBound } from './prompt-bound.ts'

test('text counts a token a byte, with what a template adds', () => {
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'ação 🎉' }] }]
  expect(promptTokensBound({ prompt })).toBe(128 + 16 + Buffer.byteLength('ação 🎉'))
})

test('binary content counts by its bytes and not as a JSON object of numbers', () => {
  const data = new Uint8Array(1_000)
  const prompt = [
    { role: 'user' as const, content: [{ type: 'file' as const, mediaType: 'application/pdf', data: { type: 'data' as const, data } }] },
  ]
  const bound = promptTokensBound({ prompt })
  expect(bound).toBeGreaterThanOrEqual(1_000 + 128 + 16)
  expect(bound).toBeLessThan(1_300)
})

test('tools count twice, and what a provider says of them', () => {
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'x' }] }]
  const tools = [{ type: 'function' as const, name: 'f', inputSchema: { type: 'object' as const } }]
  expect(promptTokensBound({ prompt, tools })).toBe(128 + 16 + 1 + 1_024 + 2 * JSON.stringify(tools).length)
})

test('audio is seen wherever it stands', () => {
  const text = { type: 'text' as const, text: 'x' }
  const audio = { type: 'file' as const, mediaType: 'audio/ogg', data: { type: 'data' as const, data: new Uint8Array(1) } }
  expect(promptHasAudio([{ role: 'user', content: [text] }])).toBe(false)
  expect(
    promptHasAudio([
      { role: 'system', content: 'x' },
      { role: 'user', content: [text, audio] },
    ]),
  ).toBe(true)
})
