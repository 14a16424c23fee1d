/** Where Meta delivers what is written to a channel's number. */
export function webhookPath(channelId: string): string {
  return `/webhooks/whatsapp/${channelId}`
}
