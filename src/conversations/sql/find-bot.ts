import type { Queryable } from '../../database/index.ts'

/** What a channel does besides letting a model answer; null takes words in the client's language. */
export interface BotSettings {
  hands_off: boolean
  hand_off_keywords: string[]
  hand_off_notice: string | null
  video_notice: string | null
}

/** Undefined where there is no such channel, or it is a simulation's. */
export async function findBot(db: Queryable, channelId: string): Promise<BotSettings | undefined> {
  const rows = await db.query<BotSettings>(
    'select hands_off, hand_off_keywords, hand_off_notice, video_notice from whatsapp_channels where id = $1 and not is_simulated',
    [channelId],
  )
  return rows[0]
}
