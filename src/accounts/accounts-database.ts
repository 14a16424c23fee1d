import type { Database } from '../database/index.ts'

/** The owner's, or one that names who changes something. */
export type AccountsDatabase = Pick<Database, 'query' | 'transaction'>
