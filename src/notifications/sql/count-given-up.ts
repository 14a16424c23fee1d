import type { Queryable } from '../../database/index.ts'

export interface GivenUp {
  /** Alerts that a channel was to be told of and was not. */
  deliveries: number
  channels: number
  /** The newest one's. */
  last_error: string | null
}

/** Of the last hours, among the newest 1,000 deliveries of each channel, by notification_deliveries_channel_id. */
export async function countGivenUp(db: Queryable, hours: number): Promise<GivenUp> {
  const [row] = await db.query<GivenUp>(
    `select count(*)::int as deliveries, count(distinct n.id)::int as channels,
       (array_agg(d.error order by d.attempted_at desc))[1] as last_error
     from notification_channels n
     cross join lateral (
       select status, error, attempted_at from notification_deliveries
       where channel_id = n.id
       order by id desc
       limit 1000
     ) d
     where d.status = 'given_up' and d.attempted_at > now() - make_interval(hours => $1)`,
    [hours],
  )
  return row ?? { deliveries: 0, channels: 0, last_error: null }
}
