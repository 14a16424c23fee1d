import { quoteTable } from './quote.ts'

/** Those of ours: rows come back as they were, and nothing is counted, sealed or announced a second time. Foreign keys stay in force. */
export const switchTriggers = (table: { schema: string; name: string }, to: 'disable' | 'enable'): string =>
  `alter table ${quoteTable(table)} ${to} trigger user`
