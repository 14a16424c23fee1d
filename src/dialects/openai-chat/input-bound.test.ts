import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from './parse.ts'

const bound = (body: Record<string, unknown>) => parse(Buffer.from(JSON.stringify(body))).inputTokensBound
const boundOf = (content: unknown, more: Record<string, unknown> = {}) => bound({ messages: [{ role: 'user', content }], ...more })
const empty = boundOf('')

test('text counts a token a UTF-8 byte, whatever it is spelled like on the wire', () => {
  expect(boundOf('ação 🐟') - empty).toBe(Buffer.byteLength('ação 🐟'))
  const escaped = Buffer.from('{"messages":[{"role":"user","content":"a\\u00e7\\u00e3o"}]}')
  expect(parse(escaped).inputTokensBound - empty).toBe(Buffer.byteLength('ação'))
})

test('never below the bytes of all text that can become input', () => {
  const message = fc.record({
    role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
    content: fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.record({ type: fc.constant('text'), text: fc.string({ unit: 'binary' }) })),
    ),
    name: fc.string(),
    tool_calls: fc.array(fc.record({ id: fc.string(), function: fc.record({ name: fc.string(), arguments: fc.json() }) })),
  })
  const bytes = (value: unknown): number => {
    if (typeof value === 'string') return Buffer.byteLength(value)
    return typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, one) => sum + bytes(one), 0) : 0
  }
  fc.assert(
    fc.property(fc.array(message, { minLength: 1 }), fc.array(fc.jsonValue()), fc.string(), (messages, tools, documents) => {
      const body = { messages, tools, documents }
      expect(bound(body)).toBeGreaterThanOrEqual(bytes(body))
    }),
  )
})

test('every message costs its frame, and tools their instructions and their schema printed at length', () => {
  const one = bound({ messages: [{ role: 'user', content: '' }] })
  const two = bound({
    messages: [
      { role: 'user', content: '' },
      { role: 'user', content: '' },
    ],
  })
  expect(two - one).toBeGreaterThanOrEqual(10)
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } } } } }]
  expect(boundOf('', { tools }) - empty).toBeGreaterThanOrEqual(804 + 2 * JSON.stringify(tools).length - 20)
  expect(boundOf('', { response_format: { type: 'json_schema', json_schema: { schema: {} } } })).toBeGreaterThan(empty + 804)
})

test('what no model sees costs nothing', () => {
  expect(boundOf('', { model: 'openai/gpt-4o-mini', user: 'x', metadata: { a: 'b' }, temperature: 1, stream: true })).toBe(empty)
})

test('a picture counts by its rule and not by its bytes', () => {
  const url = `data:image/png;base64,${'A'.repeat(4_000_000)}`
  const image = (detail?: string) => boundOf([{ type: 'image_url', image_url: { url, detail } }]) - empty
  expect(image()).toBe(48_169)
  expect(image('high')).toBe(48_169)
  expect(image('low')).toBe(4_784)
  expect(boundOf([{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]) - empty).toBe(48_169)
})

test('sound counts by its seconds where the header tells them, else at the lowest rate there is', () => {
  const wav = Buffer.alloc(44 + 16_000 * 2 * 60)
  wav.write('RIFF')
  wav.writeUInt16LE(1, 20)
  wav.writeUInt32LE(16_000, 24)
  wav.writeUInt16LE(2, 32)
  const part = (data: string, format: string) => boundOf([{ type: 'input_audio', input_audio: { data, format } }]) - empty
  expect(part(wav.toString('base64'), 'wav')).toBeGreaterThanOrEqual(60 * 32)
  expect(part(wav.toString('base64'), 'wav')).toBeLessThanOrEqual(62 * 32)
  // 60 s of MP3 at 8 kbit/s, the least MP3 knows.
  expect(part(Buffer.alloc(60_000).toString('base64'), 'mp3')).toBeGreaterThanOrEqual(60 * 32)
  wav.writeUInt32LE(0, 24)
  expect(part(wav.toString('base64'), 'wav')).toBeGreaterThanOrEqual((wav.length / 512) * 32)
})

test('a file counts by its text', () => {
  const data = `data:application/pdf;base64,${'A'.repeat(1000)}`
  expect(boundOf([{ type: 'file', file: { filename: 'a.pdf', file_data: data } }]) - empty).toBeGreaterThanOrEqual(data.length)
})

test.each([
  ['a file by its id', [{ type: 'file', file: { file_id: 'file-1' } }], 'messages[0].content[0].file'],
  [
    'a picture by another scheme',
    [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }],
    'messages[0].content[0].image_url.url',
  ],
  ['a part of an unknown kind', [{ type: 'video_url', video_url: { url: 'https://example.com' } }], 'messages[0].content[0].type'],
  ['sound that is none', [{ type: 'input_audio', input_audio: {} }], 'messages[0].content[0].input_audio.data'],
  ['a part that is none', ['x'], 'messages[0].content[0]'],
])('refuses %s, because it cannot be bounded', (_name, content, param) => {
  expect(() => boundOf(content)).toThrow(expect.objectContaining({ code: 'invalid_body', details: { param } }))
})

test('refuses an earlier spoken answer by its id', () => {
  expect(() => bound({ messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] })).toThrow(
    expect.objectContaining({ details: { param: 'messages[0].audio' } }),
  )
})
