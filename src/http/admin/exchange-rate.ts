import { z } from 'zod'
import { adminRoute, amount, time } from '../api/index.ts'

/** `GET /api/admin/exchange-rate`: with it pages say what a price in US dollars comes to. Null: there never was one. */
export const exchangeRateRoute = adminRoute({
  method: 'GET',
  url: '/exchange-rate',
  summary: 'The rate with which calls are converted now',
  access: 'read',
  input: {},
  output: z.object({
    rate: z.object({ brl_for_one_usd: amount, source: z.string(), quoted_at: time, is_stale: z.boolean() }).nullable(),
  }),
  async handle({ rates }) {
    const quote = rates.find()
    return { rate: quote ? { brl_for_one_usd: quote.rate, source: quote.source, quoted_at: quote.quotedAt, is_stale: quote.stale } : null }
  },
})
