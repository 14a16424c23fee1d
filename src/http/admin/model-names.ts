import { z } from 'zod'
import { identifyModels } from '../../pricing/index.ts'
import { listRoutes } from '../../routing/index.ts'
import type { ApiContext } from '../api/index.ts'

/** Models or aliases, in the order in which they are tried. */
export const modelNames = z.array(z.string().min(1).max(200)).max(20)

/** Throws InvalidRequestError `unknown_model` for a name that is neither in the registry nor an alias: it could never be called. */
export async function knownModels({ owner }: ApiContext, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const aliases = new Set((await listRoutes(owner)).map(({ alias }) => alias))
  await identifyModels(
    owner,
    names.filter((name) => !aliases.has(name)),
  )
}
