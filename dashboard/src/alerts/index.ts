export { type Alert, alertKinds, alertTones, deliveryTones } from './alert.ts'
