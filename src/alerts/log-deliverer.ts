import type { Log } from '../shared/log.ts'
import type { AlertDeliverer } from './deliver-alert.ts'
import { describeAlert } from './describe-alert.ts'

/** The gateway's own log: in the client's language, as it is the one who will be told. */
export function logDeliverer(log: Log): AlertDeliverer {
  return {
    name: 'log',
    async deliver(alert) {
      log.warn(`[Alerts] ${describeAlert(alert, alert.client?.locale ?? 'en')} (alert ${alert.id})`)
    },
  }
}
