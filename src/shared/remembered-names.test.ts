import { expect, test } from 'vitest'
import { LedgerUnavailableError } from './errors.ts'
import { Outage } from './remembered.ts'
import { RememberedNames } from './remembered-names.ts'

function open(most: number) {
  const names = new RememberedNames<string>(most, new Outage())
  const asked: string[] = []
  const world = { isAway: false }
  const get = (name: string) =>
    names.get(name, async () => {
      asked.push(name)
      if (world.isAway) throw new LedgerUnavailableError('away')
      return name.startsWith('real') ? name.toUpperCase() : undefined
    })
  return { names, asked, world, get }
}

test('a flood of made-up names is bounded and pushes out nothing that is real', async () => {
  const { names, asked, get } = open(100)
  expect(await get('real one')).toBe('REAL ONE')
  for (let i = 0; i < 5_000; i += 1) expect(await get(`made-up ${i}`)).toBeUndefined()
  expect(names.size).toBe(101)
  asked.length = 0
  expect(await get('real one')).toBe('REAL ONE')
  expect(await get('made-up 4999')).toBeUndefined()
  expect(asked).toEqual([])
})

test('nor in an outage, when what is real could not be found again', async () => {
  const { names, world, get } = open(100)
  await get('real one')
  names.forget()
  world.isAway = true
  for (let i = 0; i < 500; i += 1) await expect(get(`made-up ${i}`)).rejects.toThrow(LedgerUnavailableError)
  expect(await get('real one')).toBe('REAL ONE')
})

test('what is real is bounded too, the oldest first', async () => {
  const { names, asked, get } = open(3)
  for (const name of ['real 1', 'real 2', 'real 3', 'real 4']) await get(name)
  expect(names.size).toBe(3)
  asked.length = 0
  await get('real 4')
  await get('real 1')
  expect(asked).toEqual(['real 1'])
})
