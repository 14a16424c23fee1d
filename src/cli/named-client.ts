import { type Client, getClient } from '../clients/index.ts'
import type { Queryable } from '../database/index.ts'

/** The client that an option or an argument names, by its slug or its id; undefined where it was left out. */
export async function namedClient(db: Queryable, name: string | undefined): Promise<Client | undefined> {
  return name === undefined ? undefined : await getClient(db, name)
}
