import type { Queryable } from '../database/index.ts'
import { maskPhone } from './mask-phone.ts'
import { type ConversationPageWish, type ConversationRow, findConversationPage } from './sql/find-conversation-page.ts'

export type ConversationPageQuery = Omit<ConversationPageWish, 'id'>

/** The latest first, of one client or of all; numbers masked in the middle, the last text up to 200 characters. */
export async function pageConversations(db: Queryable, query: ConversationPageQuery): Promise<ConversationRow[]> {
  return (await findConversationPage(db, { ...query, id: undefined })).map(masked)
}

/** One, as in the page. */
export async function findConversation(db: Queryable, id: string): Promise<ConversationRow | undefined> {
  const wish = { id, clientId: undefined, status: undefined, after: undefined, limit: 1 }
  return (await findConversationPage(db, wish)).map(masked)[0]
}

function masked(row: ConversationRow): ConversationRow {
  return { ...row, phone: row.phone === null ? null : maskPhone(row.phone) }
}
