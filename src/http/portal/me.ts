import { z } from 'zod'
import { portalRoute } from '../api/index.ts'
import { ownClient } from './own-client.ts'

/** `GET /api/portal/me`: who is here, and for which client. */
export const meRoute = portalRoute({
  method: 'GET',
  url: '/me',
  summary: 'The user and the client',
  access: 'read',
  output: z.object({
    user: z.string(),
    client: z.object({
      slug: z.string(),
      name: z.string(),
      plan: z.string(),
      locale: z.enum(['pt-BR', 'en']),
      time_zone: z.string(),
      is_active: z.boolean(),
    }),
  }),
  input: {},
  async handle(context) {
    const { slug, name, plan, locale, timeZone, isActive } = await ownClient(context)
    return { user: context.caller.name, client: { slug, name, plan, locale, time_zone: timeZone, is_active: isActive } }
  },
})
