import type { Queryable } from '../database/index.ts'
import { type ClientKeyRow, findClientKeyRows } from './sql/find-client-key.ts'

/** As many hashes as one query takes. */
const mostAtOnce = 1_000

interface Waiting {
  hash: Buffer
  resolve(row: ClientKeyRow | undefined): void
  reject(error: unknown): void
}

/**
 * Looks keys up that nobody has presented before, one query at a time: those that come meanwhile are asked for together. Anybody can make up
 * keys of the right form, and a flood of them is then a few queries a second, on one connection.
 */
export class KeyLookup {
  readonly #database: Queryable
  #waiting: Waiting[] = []
  #isAsking = false

  constructor(database: Queryable) {
    this.#database = database
  }

  find(hash: Buffer): Promise<ClientKeyRow | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ hash, resolve, reject })
      if (!this.#isAsking) void this.#askAll()
    })
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true
    while (this.#waiting.length > 0) await this.#ask(this.#waiting.splice(0, mostAtOnce))
    this.#isAsking = false
  }

  async #ask(asked: readonly Waiting[]): Promise<void> {
    try {
      const hashes = asked.map(({ hash }) => hash)
      const rows = new Map((await findClientKeyRows(this.#database, hashes)).map((row) => [row.hash.toString('latin1'), row]))
      for (const { hash, resolve } of asked) resolve(rows.get(hash.toString('latin1')))
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }
}
