import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { type BotSettings, findBot } from './sql/find-bot.ts'
import { updateBot } from './sql/update-bot.ts'

const mostKeywords = 50
const longestKeyword = 60

/** Throws InvalidRequestError `not_found`. */
export async function getBot(db: Queryable, channelId: string): Promise<BotSettings> {
  const bot = await findBot(db, channelId)
  if (!bot) throw new InvalidRequestError('not_found', `There is no WhatsApp channel ${channelId}: npx catraca whatsapp list`)
  return bot
}

/** What is left out stays. Throws InvalidRequestError: `not_found`, or `invalid_body` for a keyword without a letter or digit. */
export async function changeBot(db: Queryable, channelId: string, change: Partial<BotSettings>): Promise<BotSettings> {
  await getBot(db, channelId)
  const { hand_off_keywords: keywords, ...rest } = change
  await updateBot(db, channelId, { ...rest, ...(keywords && { hand_off_keywords: checkKeywords(keywords) }) })
  return await getBot(db, channelId)
}

function checkKeywords(keywords: readonly string[]): string[] {
  const trimmed = [...new Set(keywords.map((keyword) => keyword.trim()))]
  const wrong = trimmed.find((keyword) => keyword.length > longestKeyword || !/[\p{L}\p{N}]/u.test(keyword))
  if (wrong !== undefined || trimmed.length > mostKeywords) {
    const what = wrong === undefined ? '' : ` "${wrong.slice(0, longestKeyword)}" is none.`
    throw new InvalidRequestError(
      'invalid_body',
      `Hand-off keywords are at most ${mostKeywords} words or phrases of up to ${longestKeyword} characters.${what}`,
    )
  }
  return trimmed
}
