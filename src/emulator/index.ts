export type { ReportSkew } from './billed-call.ts'
export type { SeenRequest } from './emulator-state.ts'
export type { Fault, FaultMatch, InjectedFault, UsageFault } from './fault.ts'
export {
  deliver,
  type GraphMessage,
  type GraphStatus,
  graphDelivery,
  graphMessage,
  graphStatus,
  graphText,
  signDelivery,
} from './graph/deliveries.ts'
export {
  type GraphEmulator,
  type GraphEmulatorOptions,
  type GraphFault,
  type SentMessage,
  startGraphEmulator,
} from './graph/start-graph-emulator.ts'
export { silentWav } from './media.ts'
export type { ProviderId } from './provider-id.ts'
export type { Quotes } from './ptax.ts'
export { UnknownFaultError } from './read-fault.ts'
export type { CallCounts, EmulatorCounts, Outcome, ServedCall } from './served-log.ts'
export { type Emulator, type EmulatorBaseUrls, type EmulatorOptions, startEmulator } from './start-emulator.ts'
