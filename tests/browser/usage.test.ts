import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ptBr } from '../../dashboard/src/i18n/pt-br/index.ts'
import type { ServedCall } from '../../src/emulator/index.ts'
import type { Browser } from '../_support/browser.ts'
import { goTo, withChromium } from '../_support/chromium.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addPerson } from '../_support/people.ts'

const chromium = withChromium()
const { usage } = ptBr
let gateway: TestGateway
let admin: Browser

beforeAll(async () => {
  gateway = await startTestGateway({ env: { USD_BRL_RATE: '5.4' } })
  admin = await addPerson(gateway, { email: 'ana@agencia.example', name: 'Ana', role: 'admin', clientId: undefined })
  const other = await gateway.addClient({ slug: 'outra' })
  const models = ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'anthropic/claude-sonnet-4-5']
  for (let n = 0; n < 12; n++)
    await call(n % 4 === 3 ? other.key : gateway.client.key, models[n % 3] ?? '', `Pergunta ${'longa '.repeat(n)}`)
})
afterAll(() => gateway?.close())

async function call(key: string, model: string, content: string): Promise<void> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
  })
  expect(answer.status).toBe(200)
  await answer.arrayBuffer()
}

const tokensOf = (calls: readonly ServedCall[]) => calls.reduce((sum, one) => sum + one.inputTokens + one.outputTokensServed, 0)
const written = (value: number) => value.toLocaleString('pt-BR')

/** A figure of the page's first row, once it has arrived at what it should be. */
async function figure(page: Page, label: string, expected: string): Promise<void> {
  const read = () => page.locator('dl > div', { hasText: label }).first().locator('dd').first().innerText()
  await expect.poll(read, { timeout: 15_000 }).toBe(expected)
}

/** The rows of a table, as text. */
const rowsOf = (page: Page, label: string) => page.getByRole('table', { name: label }).locator('tbody tr').allInnerTexts()

it('shows exactly what the emulator served: sums, each model, each day of the chart, and the next call without a reload', async () => {
  const page = await chromium.open({ url: gateway.url, as: admin, path: '/usage?metric=tokens' })
  const served = gateway.emulator.served()
  expect(served).toHaveLength(12)
  await figure(page, usage.total.calls, '12')
  await figure(page, usage.total.tokens, written(tokensOf(served)))

  const byModel = Map.groupBy(served, ({ model }) => model)
  await expect.poll(() => rowsOf(page, usage.groups.model), { timeout: 15_000 }).toHaveLength(byModel.size)
  const rows = await rowsOf(page, usage.groups.model)
  for (const [model, calls] of byModel) {
    const cells = rows.find((row) => row.includes(model))?.split(/\s+/) ?? []
    expect(cells, model).toContain(written(calls.length))
    expect(cells, model).toContain(written(tokensOf(calls)))
  }

  // The chart's own figures, by its table: today, each model.
  await page.getByRole('button', { name: ptBr.common.chart.asTable }).first().click()
  const today = (await rowsOf(page, usage.chart.tokens)).at(-1) ?? ''
  const figures = today.replaceAll('.', '').match(/\d+/g)?.map(Number) ?? []
  for (const calls of byModel.values()) expect(figures).toContain(tokensOf(calls))

  await call(gateway.client.key, 'openai/gpt-4o-mini', 'mais uma')
  await figure(page, usage.total.calls, '13')
  await figure(page, usage.total.tokens, written(tokensOf(gateway.emulator.served())))
})

it('shows what each call cost, and how that came about', async () => {
  const page = await chromium.open({ url: gateway.url, as: admin, path: '/usage?tab=calls' })
  await expect.poll(() => page.locator('tbody tr').count(), { timeout: 15_000 }).toBe(13)
  await goTo(page, '/usage?tab=calls&client=outra')
  await expect.poll(() => page.locator('tbody tr').count(), { timeout: 15_000 }).toBe(3)
  await page.locator('tbody tr a[href^="/usage/"]').first().click()
  await page.waitForURL(/\/usage\/[0-9a-f-]{36}$/)
  const id = page.url().split('/').at(-1)
  const [row] = await gateway.database.query<{ model_name: string; total_tokens: string; request_id: string }>(
    'select model_name, total_tokens::text, request_id from gateway_usage_logs where call_id = $1',
    [id],
  )
  const main = page.locator('main')
  await main
    .getByText(row?.model_name ?? 'none')
    .first()
    .waitFor()
  await main
    .getByText(row?.request_id ?? 'none')
    .first()
    .waitFor()
  expect(gateway.emulator.served().map(({ requestId }) => requestId)).toContain(row?.request_id)
})
