import type { Queryable } from '../../database/index.ts'
import type { BotSettings } from './find-bot.ts'

/** What is left out stays. */
export async function updateBot(db: Queryable, channelId: string, settings: Partial<BotSettings>): Promise<void> {
  await db.query(
    `update whatsapp_channels c set hands_off = n.hands_off, hand_off_keywords = n.hand_off_keywords, hand_off_notice = n.hand_off_notice,
       video_notice = n.video_notice
     from whatsapp_channels old cross join lateral jsonb_populate_record(old, $2::jsonb) n
     where old.id = $1 and c.id = old.id`,
    [channelId, JSON.stringify(settings)],
  )
}
