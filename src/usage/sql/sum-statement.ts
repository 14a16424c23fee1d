import type { Queryable } from '../../database/index.ts'

/** What only rows tell of a client's calls to one model at one exchange rate; days are those of the time zone. */
export interface StatementFacts {
  provider: string
  model_name: string
  api_type: string
  usd_brl_rate: string | null
  rate_source: string | null
  first_day: string
  last_day: string
  calls: bigint
  /** Calls that the rate turned into reais. */
  converted: bigint
  units: string | null
  /** Calls of which the truth came after they had been charged as an estimate, and by how much it differs. */
  adjusted: bigint
  adjustment_usd: string
  adjustment_brl: string
}

/** Reads the client's rows of the window, by gateway_usage_logs_client. */
export async function sumStatement(
  db: Queryable,
  { clientId, from, to, timeZone }: { clientId: string; from: Date; to: Date; timeZone: string },
): Promise<StatementFacts[]> {
  return await db.query<StatementFacts>(
    `select provider, model_name, api_type, trim_scale(usd_brl_rate) as usd_brl_rate, rate_source,
       to_char(min(created_at) at time zone $4, 'YYYY-MM-DD') as first_day, to_char(max(created_at) at time zone $4, 'YYYY-MM-DD') as last_day,
       count(*) as calls, count(*) filter (where cost_brl > 0) as converted, trim_scale(sum(units)) as units, sum(adjusted)::bigint as adjusted,
       trim_scale(sum(case when adjusted = 1 then cost_usd - coalesce(booked_cost_usd, 0) else 0 end)) as adjustment_usd,
       trim_scale(sum(case when adjusted = 1 then cost_brl - coalesce(booked_cost_brl, 0) else 0 end)) as adjustment_brl
     from usage_facts
     where client_id = $1 and created_at >= $2 and created_at < $3
     group by 1, 2, 3, 4, 5
     order by 1, 2, 3, first_day, 4`,
    [clientId, from, to, timeZone],
  )
}
