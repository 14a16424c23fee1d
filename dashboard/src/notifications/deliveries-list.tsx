import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../format/index.ts'
import { Badge } from '../ui/badge.tsx'
import { statusTones } from './channel.ts'
import { type DeliveryFailure, ErrorDetail, useDeliveryError } from './delivery-error.tsx'

export interface DeliveryEntry extends DeliveryFailure {
  attempt: number
  status: keyof typeof statusTones
  response_code: number | null
  due_at: string
  attempted_at: string | null
}

/** One attempt to send: by what or of what, what became of it, and why not. */
export function DeliveryItem({ entry, title, action }: { entry: DeliveryEntry; title: ReactNode; action?: ReactNode }) {
  const { t } = useTranslation('notifications')
  const format = useFormat()
  const errorText = useDeliveryError()
  const when = entry.attempted_at === null ? t('log.due', { when: format.dateTime(entry.due_at) }) : format.dateTime(entry.attempted_at)
  const facts = [
    when,
    t('log.attempt', { number: entry.attempt }),
    ...(entry.response_code === null ? [] : [t('log.code', { code: entry.response_code })]),
  ]
  return (
    <li className="space-y-1 py-3">
      <div className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1">
        <div className="min-w-0 flex-1 basis-40 font-medium break-all">{title}</div>
        <Badge tone={statusTones[entry.status]}>{t(`log.status.${entry.status}`)}</Badge>
      </div>
      <p className="text-muted-foreground">{facts.join(' · ')}</p>
      {entry.error !== null && (
        <div className="text-danger">
          <p className="break-words">{errorText(entry)}</p>
          <ErrorDetail {...entry} />
        </div>
      )}
      {action}
    </li>
  )
}
