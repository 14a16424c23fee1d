export { type Channel, type ChannelHealth, listChannels } from './channels.ts'
export { maskPhone } from './mask-phone.ts'
export { type MessagePageQuery, pageMessages } from './messages.ts'
export type { MessageRow } from './sql/find-message-page.ts'
