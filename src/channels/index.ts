export { type ChannelTasks, openWhatsApp, type WhatsApp, type WhatsAppOptions } from './whatsapp/open-whatsapp.ts'
export type { Receiver } from './whatsapp/receive.ts'
