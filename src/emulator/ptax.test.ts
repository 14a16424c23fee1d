import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from './index.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.close())

async function quotes(first: string, last: string): Promise<unknown> {
  const call = 'CotacaoDolarPeriodo(dataInicial=@dataInicial,dataFinalCotacao=@dataFinalCotacao)'
  const query = `@dataInicial='${first}'&@dataFinalCotacao='${last}'&$format=json`
  const response = await fetch(`${emulator.baseUrls.exchangeRate}/${call}?${query}`)
  expect(response.status).toBe(200)
  return ((await response.json()) as { value: unknown }).value
}

test('the last weekday of the period has a quote, a weekend has none', async () => {
  expect(await quotes('11-16-2026', '11-22-2026')).toEqual([
    { cotacaoCompra: 5.4315, cotacaoVenda: 5.4321, dataHoraCotacao: '2026-11-20 13:04:26.573' },
  ])
  expect(await quotes('11-21-2026', '11-22-2026')).toEqual([])
})

test('given quotes are answered oldest first, inside the period only', async () => {
  emulator.setQuotes({ '2026-11-20': 5.5, '2026-11-19': 5.25, '2026-11-10': 5.1 })
  expect(await quotes('11-15-2026', '11-22-2026')).toMatchObject([{ cotacaoVenda: 5.25 }, { cotacaoVenda: 5.5 }])
  await fetch(`${emulator.url}/_emulator/quotes`, { method: 'PUT', body: JSON.stringify({ '2026-11-18': 6 }) })
  expect(await quotes('11-15-2026', '11-22-2026')).toMatchObject([{ cotacaoVenda: 6, dataHoraCotacao: '2026-11-18 13:04:26.573' }])
  emulator.setQuotes(undefined)
})

test('it can be down, and dates have to be dates', async () => {
  const takeBack = emulator.inject({ match: { provider: 'ptax' }, status: 503 })
  const url = `${emulator.baseUrls.exchangeRate}/CotacaoDolarPeriodo(x)`
  expect((await fetch(`${url}?@dataInicial='11-16-2026'&@dataFinalCotacao='11-16-2026'`)).status).toBe(503)
  takeBack()
  expect((await fetch(`${url}?@dataInicial='2026-11-16'`)).status).toBe(400)
})
