import type { Queryable } from '../database/index.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { findPgvector } from './sql/find-pgvector.ts'
import { installPgvector } from './sql/install-pgvector.ts'

const howToGetIt =
  'Supabase has it, and most hosts do; on a server of your own install its package (PGDG and Debian 13: postgresql-NN-pgvector). ' +
  'The PostgreSQL that Catraca brings along has none: set DATABASE_URL to one that has.'

/** Makes the database ready to compare vectors. Throws ConfigurationError, in words that say how to get pgvector, where it cannot. */
export async function prepareSemanticCache(db: Queryable): Promise<void> {
  const { is_installed, is_available } = await findPgvector(db)
  if (!is_installed && !is_available) {
    throw new ConfigurationError(
      'config_invalid',
      `The semantic cache needs the extension pgvector, which this database lacks. ${howToGetIt}`,
    )
  }
  try {
    await installPgvector(db)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `The semantic cache needs pgvector, which could not be made ready in this database (${reason}): let its administrator run "create extension vector".`
    throw new ConfigurationError('config_invalid', message, { cause })
  }
}
