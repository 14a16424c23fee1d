export { type Channel, type ChannelKind, channelKinds, channelToJson, isFailing } from './channel.ts'
export {
  addChannel,
  type ChannelAdmin,
  type ChannelChange,
  type ChannelWish,
  changeChannel,
  checkAddress,
  clientColumns,
  getChannel,
  removeChannel,
  renewSecret,
} from './channel-admin.ts'
export { createSenders, type SendersOptions } from './create-senders.ts'
export { DeliveryError } from './delivery-error.ts'
export type { Fact, Notification, Recipient, Sender, Senders } from './notification.ts'
export { checkAlert, createNotifier, type Notifier, resendAlert } from './notifier.ts'
export { listChannels } from './sql/list-channels.ts'
export { type Delivery, listDeliveries } from './sql/list-deliveries.ts'
