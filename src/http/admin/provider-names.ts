import { z } from 'zod'
import { knownProviders } from '../../gateway/index.ts'
import { adminRoute } from '../api/index.ts'

/** `GET /api/admin/provider-names`: whose models a registry can have: those built in, then the operator's own. */
export const providerNamesRoute = adminRoute({
  method: 'GET',
  url: '/provider-names',
  summary: 'Names of providers, built in and the operator’s own',
  access: 'read',
  input: {},
  output: z.array(z.string()),
  handle: async ({ owner }) => [...(await knownProviders(owner))],
})
