import { useTranslation } from 'react-i18next'
import type { Channel } from './channel.ts'

export interface DeliveryFailure {
  /** As the gateway wrote it down, in English. */
  error: string | null
  /** Null: of a version that had no codes. */
  error_code: Channel['last_error_code']
}

/** Why something was not delivered, in one sentence without its end. */
export function useDeliveryError(): (failure: DeliveryFailure) => string {
  const { t } = useTranslation('notifications')
  return ({ error, error_code: code }) => (code === null || code === 'unknown' ? (error ?? '') : t(`errors.${code}`))
}

/** The gateway's own words below those of the reader's language: they name hosts, codes and settings. */
export function ErrorDetail({ error, error_code: code }: DeliveryFailure) {
  if (error === null || code === null || code === 'unknown') return null
  return (
    <p lang="en" className="text-xs break-words">
      {error}
    </p>
  )
}
