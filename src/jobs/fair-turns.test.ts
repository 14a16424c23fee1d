import { expect, test } from 'vitest'
import { FairTurns } from './fair-turns.ts'

/** A pool of so many workers, and a queue of jobs by owner, the oldest first. */
function openPool(places: number) {
  const turns = new FairTurns(places)
  const queue: string[] = []
  const running: string[] = []
  let looks = 0
  const work = () =>
    void turns.next().then((forbidden) => {
      looks += 1
      const at = queue.findIndex((owner) => !forbidden.includes(owner))
      const [owner] = at < 0 ? [] : queue.splice(at, 1)
      if (owner === undefined) {
        turns.foundNothing()
        return work()
      }
      running.push(owner)
      turns.found([owner])
    })
  for (let worker = 0; worker < places; worker += 1) work()
  /** Turns are promises, and nothing else is waited for. */
  const settle = async () => {
    for (let tick = 0; tick < 10 * places; tick += 1) await Promise.resolve()
  }
  return {
    turns,
    queue,
    looks: () => looks,
    async add(owner: string, count: number) {
      queue.push(...Array<string>(count).fill(owner))
      turns.look()
      await settle()
    },
    async end(owner: string) {
      running.splice(running.indexOf(owner), 1)
      turns.ended([owner])
      work()
      await settle()
    },
    held: () => Object.fromEntries([...new Set(running)].sort().map((owner) => [owner, running.filter((one) => one === owner).length])),
  }
}

test('one owner gets half of the places, and the others share the rest in the same way', async () => {
  const pool = openPool(12)
  await pool.add('ada', 100)
  expect(pool.held()).toEqual({ ada: 6 })
  await pool.add('bob', 100)
  expect(pool.held()).toEqual({ ada: 6, bob: 3 })
  await pool.add('eva', 1)
  expect(pool.held()).toEqual({ ada: 6, bob: 3, eva: 1 })
  // What ends goes to whoever has fewer, until they have as much.
  for (let turn = 0; turn < 3; turn += 1) await pool.end('ada')
  expect(pool.held()).toEqual({ ada: 4, bob: 4, eva: 1 })
})

test('of fifty places there is one left after five owners who want all of them, each one later than the last', async () => {
  const pool = openPool(50)
  for (const owner of ['a', 'b', 'c', 'd', 'e']) await pool.add(owner, 100)
  expect(pool.held()).toEqual({ a: 25, b: 13, c: 6, d: 3, e: 2 })
  await pool.add('f', 1)
  expect(pool.held()).toMatchObject({ f: 1 })
})

test('workers without work look once for each sign, not each', async () => {
  const pool = openPool(50)
  await pool.add('ada', 0)
  expect(pool.looks()).toBe(2)
  await pool.add('ada', 3)
  expect([pool.held(), pool.looks()]).toEqual([{ ada: 3 }, 6])
})

test('at the end nobody is left waiting', async () => {
  const turns = new FairTurns(2)
  const [first, second] = [turns.next(), turns.next()]
  turns.end()
  expect(await Promise.all([first, second, turns.next()])).toEqual([[], [], []])
})
