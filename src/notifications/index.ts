export { type Channel, type ChannelKind, channelKinds, channelToJson, isFailing, type TemplateSettings } from './channel.ts'
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
  type TemplateWish,
} from './channel-admin.ts'
export { createSenders, type SendersOptions } from './create-senders.ts'
export { DeliveryError, type DeliveryErrorCode, deliveryErrorCodes, toDeliveryError } from './delivery-error.ts'
export { type DeliveryState, deliveryStates, findDeliveryStates } from './delivery-state.ts'
export type { Fact, Notification, Recipient, Sender, Senders } from './notification.ts'
export { checkAlert, createNotifier, type Notifier, resendAlert } from './notifier.ts'
export { describeStatus, postToPublic } from './post-to-public.ts'
export { countGivenUp } from './sql/count-given-up.ts'
export { type ChannelDelivery, listChannelDeliveries } from './sql/list-channel-deliveries.ts'
export { listChannels } from './sql/list-channels.ts'
export { type Delivery, listDeliveries } from './sql/list-deliveries.ts'
export { verifyEmail } from './verify-email.ts'
export { webhookHeaders } from './webhook-headers.ts'
