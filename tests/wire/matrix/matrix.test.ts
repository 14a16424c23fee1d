import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../../_support/gateway.ts'
import { expectBooksClosed, setShared, untilRateIsKnown } from '../_support/settled.ts'
import { aiSdkAnthropic, aiSdkCompatible, aiSdkOpenai } from './ai-sdk.ts'
import { type Caller, type Flow, flows } from './flows.ts'
import { anthropicSdk, groqSdk, openaiResponses, openaiSdk } from './official-sdks.ts'

const path = new URL('../../../docs/compatibility.md', import.meta.url)

interface Provider {
  name: string
  route: 'direct' | 'vercel'
  chat: string
  /** Undefined: the provider has no such model, or none with a price. */
  models: Partial<Record<Flow, string | undefined>>
}

const providers: readonly Provider[] = [
  {
    name: 'OpenAI',
    route: 'direct',
    chat: 'openai/gpt-4o-mini',
    models: { embeddings: 'text-embedding-3-small', transcription: 'whisper-1', speech: 'tts-1', images: 'gpt-image-1' },
  },
  {
    name: 'Groq',
    route: 'direct',
    chat: 'groq/llama-3.3-70b-versatile',
    models: { vision: 'groq/meta-llama/llama-4-scout-17b-16e-instruct', transcription: 'groq/whisper-large-v3-turbo' },
  },
  { name: 'Anthropic', route: 'direct', chat: 'anthropic/claude-sonnet-4-5', models: {} },
  {
    name: 'Google',
    route: 'direct',
    chat: 'google/gemini-2.5-flash',
    models: { embeddings: 'google/gemini-embedding-001', images: 'google/gemini-2.5-flash-image' },
  },
  { name: 'Vercel', route: 'vercel', chat: 'openai/gpt-4o-mini', models: { embeddings: 'openai/text-embedding-3-small' } },
]
const withChat = new Set<Flow>(['chat', 'stream', 'tools', 'parallel tools', 'structured output', 'vision', 'error', 'abort'])
const modelFor = ({ chat, models }: Provider, flow: Flow) => models[flow] ?? (withChat.has(flow) ? chat : undefined)

let gateway: TestGateway
const worked = new Map<string, string[]>()
const makers = [openaiSdk, openaiResponses, groqSdk, anthropicSdk, aiSdkOpenai, aiSdkAnthropic, aiSdkCompatible]
/** Only their names and flows are needed before there is a gateway. */
const described = makers.map((make) => make('http://127.0.0.1:1', 'ctk_test'))

beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'] })
  globalThis.AI_SDK_LOG_WARNINGS = false
  await untilRateIsKnown(gateway)
})
afterAll(async () => {
  await expectBooksClosed(gateway)
  await gateway.close()
})

describe.each(providers)('$name', (provider) => {
  beforeAll(() => setShared(gateway, { route: provider.route, chain: [] }))

  for (const [index, { name, flows: has }] of described.entries()) {
    const possible = flows.filter((flow) => has[flow] && modelFor(provider, flow))
    it.each(possible)(`${name}: %s`, async (flow) => {
      const caller = makers[index]?.(gateway.url, gateway.client.key) as Caller
      await caller.flows[flow]?.(modelFor(provider, flow) as string)
      worked.set(`${name} ${flow}`, [...(worked.get(`${name} ${flow}`) ?? []), provider.name])
    })
  }
})

describe('docs/compatibility.md', () => {
  it('shows what was just seen; UPDATE_MATRIX=1 writes it anew', () => {
    const table = render()
    console.log(table)
    if (process.env.UPDATE_MATRIX === '1') {
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, text.replace(/(<!-- matrix -->\n)[\s\S]*(\n<!-- \/matrix -->)/, `$1\n${table}\n$2`))
    }
    expect(readFileSync(path, 'utf8')).toContain(table)
  })
})

function render(): string {
  const header = ['', ...flows]
  const rows = described.map(({ name, flows: has }) => [`\`${name}\``, ...flows.map((flow) => (has[flow] ? cell(name, flow) : '–'))])
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** All five, or the names of those that can. */
function cell(caller: string, flow: Flow): string {
  const can = worked.get(`${caller} ${flow}`) ?? []
  return can.length === providers.length ? 'all five' : can.join(', ')
}
