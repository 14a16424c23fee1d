/** From when on: a length of time, a moment in each client's own time zone, or the beginning of each client's own day. */
export type UsageSince = { kind: 'ago'; seconds: number } | { kind: 'at'; at: string } | { kind: 'today' }

export interface UsageFilter {
  /** Undefined: of all clients. */
  clientId: string | undefined
  since: UsageSince
}

/**
 * The rows that `filterParams` asks for. The second bound of created_at changes nothing (no zone is further than 14 h from UTC) and is
 * plain enough for gateway_usage_logs_created_at and for leaving out months.
 */
export const fromUsage = `
  from gateway_usage_logs l join clients c on c.id = l.client_id
  where ($1::uuid is null or l.client_id = $1)
    and l.created_at >= case
      when $2::float8 is not null then now() - make_interval(secs => $2::float8)
      when $3::timestamp is not null then $3::timestamp at time zone c.time_zone
      else date_trunc('day', now(), c.time_zone)
    end
    and l.created_at >= case
      when $2::float8 is not null then now() - make_interval(secs => $2::float8)
      when $3::timestamp is not null then $3::timestamp at time zone 'UTC' - interval '15 hours'
      else now() - interval '26 hours'
    end
`

export function filterParams({ clientId, since }: UsageFilter): unknown[] {
  return [clientId, since.kind === 'ago' ? since.seconds : undefined, since.kind === 'at' ? since.at : undefined]
}
