import { isDeepStrictEqual } from 'node:util'
import type { SeenRequest } from '../../../src/emulator/index.ts'
import { silentWav } from '../../../src/emulator/index.ts'
import type { TestGateway } from '../../_support/gateway.ts'
import type { Endpoint, Fate, Field } from './field.ts'

const samples: Readonly<Record<string, () => File>> = {
  'a file': () => new File([new Uint8Array(silentWav(4_410))], 'fala.wav', { type: 'audio/wav' }),
}

interface Sent {
  status: number
  answer: { error?: { param?: unknown; message?: unknown } } | undefined
  upstream: SeenRequest | undefined
}

let marks = 0

/** Makes one call and finds what came of it at the provider, `MARK` again in place of what stood there. */
async function send(
  gateway: TestGateway,
  { path, isForm }: Endpoint,
  body: Record<string, unknown>,
  header?: [string, string],
): Promise<Sent> {
  marks += 1
  const mark = `oi-${String(marks).padStart(6, '0')}`
  const marked = JSON.parse(JSON.stringify(body).replaceAll('MARK', mark))
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.client.key}`,
      ...(isForm ? {} : { 'content-type': 'application/json' }),
      ...(header && { [header[0]]: header[1] }),
    },
    body: isForm ? toForm(marked) : JSON.stringify(marked),
  })
  const text = await response.text()
  const seen = gateway.emulator.requests().findLast((request) => JSON.stringify(request.body).includes(mark))
  const upstream = seen && { ...seen, body: JSON.parse(JSON.stringify(seen.body).replaceAll(mark, 'MARK')) }
  return { status: response.status, answer: text.startsWith('{') ? JSON.parse(text) : undefined, upstream }
}

function toForm(body: Record<string, unknown>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) {
    const file = typeof value === 'string' ? samples[value] : undefined
    form.append(name, file === undefined ? String(value) : file())
  }
  return form
}

/** What is wrong with a row, in words; empty when everything is as the table says. */
export async function judgeField(gateway: TestGateway, endpoint: Endpoint, field: Field): Promise<string[]> {
  const wrong: string[] = []
  await Promise.all(
    endpoint.columns.map(async ({ models }, index) => {
      const fate = (field.fates[index] ?? field.fates.at(-1)) as Fate
      for (const model of models) {
        const said = await judge(gateway, endpoint, field, fate, model)
        if (said !== undefined) wrong.push(`${field.label ?? field.field} to ${model} should be ${JSON.stringify(fate)}: ${said}`)
      }
    }),
  )
  return wrong
}

/** The same by way of the Vercel AI Gateway, which speaks the three dialects. */
export async function judgeByVercel(gateway: TestGateway, endpoint: Endpoint, field: Field, model: string): Promise<string[]> {
  const fate = field.viaVercel ?? (field.fates[0] as Fate)
  const said = await judge(gateway, endpoint, field, fate, model)
  return said === undefined ? [] : [`${field.label ?? field.field} by Vercel should be ${JSON.stringify(fate)}: ${said}`]
}

async function judge(gateway: TestGateway, endpoint: Endpoint, field: Field, fate: Fate, model: string): Promise<string | undefined> {
  const { also = {}, header, value } = field
  const rest = { ...endpoint.base, ...also, model }
  const asked = header === undefined && value !== undefined ? { ...rest, [field.field]: value } : rest
  const without = field.without === undefined ? rest : { ...rest, [field.field]: field.without }
  const sent = await send(gateway, endpoint, asked, header === undefined ? undefined : [header, String(value)])
  const show = () => JSON.stringify(sent.status === 200 ? sent.upstream?.body : [sent.status, sent.answer]).slice(0, 600)
  if (fate.is === 'refused') {
    const isRefused = sent.status === 400 && sent.answer?.error?.param === (fate.param ?? field.field) && sent.upstream === undefined
    return isRefused ? undefined : show()
  }
  if (sent.status !== 200 || sent.upstream === undefined) return show()
  const body = sent.upstream.body as Record<string, unknown>
  switch (fate.is) {
    case 'passed':
      return same(body[field.field], value) ? undefined : show()
    case 'carried':
      return same(place(body, fate.at), fate.value ?? value) ? undefined : show()
    case 'named':
      return String(body.model).endsWith(bare(model)) || sent.upstream.path.includes(bare(model)) ? undefined : show()
    default:
      return same(body, (await send(gateway, endpoint, without)).upstream?.body) ? undefined : show()
  }
}

function bare(model: string): string {
  return model.slice(model.indexOf('/') + 1)
}

function place(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body)
}

/** A form has texts only. */
function same(seen: unknown, wanted: unknown): boolean {
  return isDeepStrictEqual(seen, wanted) || (typeof seen === 'string' && seen === String(wanted))
}
