import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestDoctor, type TestDoctor } from '../../../tests/_support/doctor.ts'
import { loadPriceSource, syncRegistry } from '../../pricing/index.ts'
import { checkPrices } from './check-prices.ts'

let doctor: TestDoctor

beforeAll(async () => {
  doctor = await openTestDoctor()
  await syncRegistry(doctor.test.database, await loadPriceSource(new Date().toISOString().slice(0, 10)))
})
afterAll(() => doctor.close())

it('compares the prices with the pricing library, changes none, and is silent on pages', async () => {
  const { database } = doctor.test
  expect(await doctor.look(checkPrices, { isThorough: false })).toEqual([])
  expect(await doctor.look(checkPrices)).toMatchObject([{ name: 'Prices', status: 'pass', detail: 'those of the pricing library' }])
  const price = async () =>
    await database.query(`select input_price_per_million from ai_models_registry where gateway_identifier = 'openai/gpt-4o-mini'`)
  await database.transaction(async (tx) => {
    // As the nightly synchronisation writes: a price that a person typed is not compared.
    await tx.query(`select set_config('catraca.price_source', 'catalogue', true)`)
    await tx.query(`update ai_models_registry set input_price_per_million = 99 where gateway_identifier = 'openai/gpt-4o-mini'`)
  })
  const old = await price()
  expect(await doctor.look(checkPrices)).toMatchObject([
    {
      status: 'by_hand',
      detail: '1 model has an old price (openai/gpt-4o-mini): calls are charged by what is stored',
      fix: 'npx catraca models sync',
    },
  ])
  expect(await price()).toEqual(old)
  await database.query(`update ai_models_registry set input_price_per_million = 98 where gateway_identifier = 'openai/gpt-4o-mini'`)
  expect(await doctor.look(checkPrices)).toMatchObject([
    { status: 'pass', detail: 'those of the pricing library; 1 typed by hand instead' },
  ])
})
