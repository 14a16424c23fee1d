import { ArrowDown, Check, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { cn } from '../../ui/cn.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import type { Attempt, Explanation } from './explanation.ts'

/** Who was asked, in order, how each ended, and why the next one was asked. */
export function AttemptsCard({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation('call')
  const { attempts, call } = explanation
  if (attempts.length === 0) {
    return (
      <Card title={t('attempts.title')}>
        <EmptyState title={t(call?.was_cached ? 'attempts.cached' : 'attempts.none')} />
      </Card>
    )
  }
  return (
    <Card title={t('attempts.title')} description={t('attempts.text')}>
      <ol className="space-y-2">
        {attempts.map((attempt, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no other name than their place
          <li key={index} className="space-y-2">
            <AttemptRow attempt={attempt} number={index + 1} />
            {index < attempts.length - 1 && <Why attempt={attempt} next={attempts[index + 1]} />}
          </li>
        ))}
      </ol>
    </Card>
  )
}

function AttemptRow({ attempt, number }: { attempt: Attempt; number: number }) {
  const { t } = useTranslation('call')
  const { t: models } = useTranslation('models')
  const format = useFormat()
  const isOk = !attempt.error
  const Sign = isOk ? Check : X
  const via = attempt.via === 'direct' || attempt.via === 'vercel' ? models(`via.${attempt.via}`) : attempt.via
  const facts = [
    attempt.latency_ms != null && format.duration(attempt.latency_ms),
    attempt.tokens != null && format.tokens(attempt.tokens),
    attempt.cost_usd != null && format.usd(attempt.cost_usd),
    attempt.status != null && `HTTP ${attempt.status}`,
  ].filter(Boolean)
  return (
    <div className="flex items-start gap-3 rounded-md border px-4 py-3">
      <span
        className={cn(
          'mt-0.5 grid size-5 shrink-0 place-items-center rounded-full',
          isOk ? 'bg-success-soft text-success' : 'bg-danger-soft text-danger',
        )}
      >
        <Sign className="size-3.5" strokeWidth={3} aria-hidden />
      </span>
      <div className="min-w-0 flex-1 space-y-1 text-sm">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="text-muted-foreground">{number}.</span>
          <span className="font-medium break-all">{[attempt.provider, attempt.model].filter(Boolean).join('/')}</span>
          {via && <Badge>{via}</Badge>}
          <Badge tone={isOk ? 'success' : 'danger'}>{isOk ? t('attempts.answered') : (attempt.error ?? '')}</Badge>
        </p>
        <p className="text-muted-foreground">{facts.join(' · ')}</p>
        {attempt.request_id != null && (
          <p className="text-xs text-muted-foreground">
            {t('facts.requestId')}: <span className="font-mono break-all">{attempt.request_id}</span>
          </p>
        )}
      </div>
    </div>
  )
}

function Why({ attempt, next }: { attempt: Attempt; next: Attempt | undefined }) {
  const { t } = useTranslation('call')
  const isSameModel = next?.model === attempt.model && next?.provider === attempt.provider
  const what = isSameModel ? (next?.via === attempt.via ? 'again' : 'otherRoute') : 'otherModel'
  const why = !attempt.error
    ? t('attempts.hedged')
    : attempt.status
      ? t('attempts.because', { status: attempt.status, error: attempt.error })
      : attempt.error
  return (
    <p className="flex items-center gap-2 pl-6 text-sm text-muted-foreground">
      <ArrowDown className="size-4 shrink-0" aria-hidden />
      {t(`attempts.${what}`, { why })}
    </p>
  )
}
