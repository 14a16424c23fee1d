import type { Queryable } from '../database/index.ts'
import { maskPhone } from './mask-phone.ts'
import { findMessagePage, type MessagePageWish, type MessageRow } from './sql/find-message-page.ts'

export type MessagePageQuery = MessagePageWish

/** Newest first, of one client or of all; numbers masked in the middle, texts up to 500 characters. */
export async function pageMessages(db: Queryable, query: MessagePageQuery): Promise<MessageRow[]> {
  const rows = await findMessagePage(db, query)
  return rows.map((row) => ({ ...row, phone: row.phone === null ? null : maskPhone(row.phone) }))
}
