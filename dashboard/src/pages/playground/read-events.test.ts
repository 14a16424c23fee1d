import { expect, it } from 'vitest'
import { readEvents } from './read-events.ts'

async function read(bytes: Uint8Array, size: number): Promise<string[]> {
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + size))
      at += size
    },
  })
  const events: string[] = []
  for await (const event of readEvents(body)) events.push(event)
  return events
}

it('reads the same events however they are cut, also inside of a letter', async () => {
  const bytes = new TextEncoder().encode('data: {"a":"ação"}\n\n: ping\n\ndata: two\ndata: lines\r\n\r\ndata: [DONE]\n\n')
  for (let size = 1; size <= bytes.length; size += 1) {
    expect(await read(bytes, size)).toEqual(['{"a":"ação"}', 'two\nlines', '[DONE]'])
  }
})

it('gives nothing of an event that was cut off', async () => {
  expect(await read(new TextEncoder().encode('data: whole\n\ndata: ha'), 7)).toEqual(['whole'])
})
