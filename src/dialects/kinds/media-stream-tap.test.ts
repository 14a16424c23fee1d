import { describe, expect, test } from 'vitest'
import { writeForm } from './form.ts'
import { images } from './images.ts'
import { transcriptions } from './transcriptions.ts'

const eventStream = 'text/event-stream; charset=utf-8'
const field = (name: string, value: string) => ({ name, filename: undefined, mediaType: undefined, value: Buffer.from(value) })
const recording = { name: 'file', filename: 'a.bin', mediaType: undefined, value: Buffer.alloc(3_750) }
const transcript = transcriptions.parse(
  writeForm([field('model', 'gpt-4o-transcribe'), field('stream', 'true'), recording], 'b'),
  'multipart/form-data; boundary=b',
)
const picture = images.parse(
  Buffer.from('{"model":"gpt-image-1","prompt":"gato","stream":true,"partial_images":2,"quality":"low"}'),
  undefined,
)
const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

const usage = { type: 'tokens', input_tokens: 14, output_tokens: 45, total_tokens: 59 }
const said = [
  event('transcript.text.delta', { delta: 'Olá, ação ' }),
  event('transcript.text.delta', { delta: '🎟️' }),
  event('transcript.text.done', { text: 'Olá, ação 🎟️', usage }),
]
const drawn = [
  event('image_generation.partial_image', { b64_json: 'AAAA', partial_image_index: 0 }),
  event('image_generation.partial_image', { b64_json: 'BBBB', partial_image_index: 1 }),
  event('image_generation.completed', { b64_json: 'CCCC', usage }),
]
const streams = [
  ['a transcript', transcriptions, transcript, said],
  ['a picture', images, picture, drawn],
] as const

describe.each(streams)('%s', (_what, dialect, request, events) => {
  function run(pieces: readonly Buffer[]) {
    const tap = dialect.createTap(request, eventStream)
    const out = pieces.map((piece) => tap.push(piece)).filter((piece) => piece !== undefined)
    const { begun } = tap
    const { tail, error } = tap.end()
    return { out: Buffer.concat(out).toString(), tail: Buffer.concat(tail).toString(), error, begun, report: tap.report }
  }
  const bytes = Buffer.from(events.join(''))

  test('passes byte for byte wherever it is cut; its end, with the usage, is held', () => {
    const whole = run([bytes])
    expect(whole.out + whole.tail).toBe(bytes.toString())
    expect(whole.tail).toBe(events.at(-1))
    expect(whole.report.usage).toMatchObject({ inputTokens: 14, outputTokens: 45 })
    for (let at = 1; at < bytes.length; at++) {
      const cut = run([bytes.subarray(0, at), bytes.subarray(at)])
      expect({ ...cut, begun: whole.begun }).toEqual(whole)
    }
  })

  test('never looks whole when it is not', () => {
    const end = bytes.length - Buffer.byteLength(events.at(-1) ?? '')
    for (let at = 0; at <= end + 20; at += 7) {
      const part = run([bytes.subarray(0, at)])
      expect(part.tail).toBe('')
      expect(part.error?.code).toMatch(/^(stream_cut|malformed_response)$/)
    }
    expect(run([bytes.subarray(0, end), Buffer.from('data: [DONE]\n\n')]).error?.code).toBe('stream_cut')
    // Without the empty line after its last event it is whole all the same; a `[DONE]` after it goes on.
    expect(run([bytes.subarray(0, bytes.length - 1)]).error).toBeUndefined()
    expect(run([bytes, Buffer.from('data: [DONE]\n\n')]).tail.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  test('an error in it fails the attempt and is not passed on', () => {
    const failed = event('error', { error: { type: 'server_error', message: 'oops' } })
    expect(run([Buffer.from(failed)])).toMatchObject({ out: '', tail: '', begun: false, error: { code: 'upstream_overloaded' } })
    const late = run([Buffer.from(`${events[0]}${failed}`)])
    expect(late).toMatchObject({ out: events[0], tail: '', error: { code: 'upstream_overloaded' } })
    expect(run([Buffer.from('data: {"type":\n\n')]).error?.code).toBe('malformed_response')
  })

  test('what is not answered with a stream is read whole', () => {
    const body = Buffer.from(JSON.stringify({ text: 'Olá', data: [{ b64_json: 'AAAA' }], usage }))
    const tap = dialect.createTap(request, 'application/json')
    expect(tap.push(body)).toBeUndefined()
    expect(tap.begun).toBe(false)
    expect(Buffer.concat(tap.end().tail).equals(body)).toBe(true)
    expect(tap.report.usage).toMatchObject({ outputTokens: 45 })
  })
})

test('the hold covers each picture on the way', () => {
  expect(picture.maxOutputTokens).toBe(408 + 200)
  const parse = (fields: object) => images.parse(Buffer.from(JSON.stringify({ model: 'm', prompt: 'a', ...fields })), undefined)
  expect(parse({ partial_images: 3 }).maxOutputTokens).toBe(6_240 + 300)
  expect(parse({ partial_images: 0, stream: true }).maxOutputTokens).toBe(6_240)
  for (const wrong of [{ partial_images: 4 }, { partial_images: -1 }, { partial_images: '2' }, { n: 2, stream: true }]) {
    expect(() => parse(wrong)).toThrow()
  }
})
