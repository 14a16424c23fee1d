export { AlertDeliveriesSheet } from './alert-deliveries-sheet.tsx'
export { ChannelsCard } from './channels-card.tsx'
export { useDeliveryError } from './delivery-error.tsx'
