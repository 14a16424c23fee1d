import { ArrowDown, ArrowUp } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/index.ts'

/** Below this a difference is no news. */
const leastShare = 0.0005
/** Above this a factor says more than a percentage of four digits. */
const mostShare = 10

/** How much more or less than in the span before, which was `was`. More is neither good nor bad here, so it has no colour. */
export function Change({ now, before, was }: { now: number; before: number; was: string }) {
  const { t } = useTranslation('home')
  const format = useFormat()
  if (before === 0) return null
  const share = (now - before) / before
  if (Math.abs(share) < leastShare) return <Note text={t('change.same')} was={was} />
  const size = share > mostShare ? t('change.times', { factor: format.number(now / before, 0) }) : format.percent(Math.abs(share))
  return <Note text={size} isUp={share > 0} was={was} />
}

/** Of shares, in percentage points. Null: there were no calls. */
export function PointChange({ now, before }: { now: number | null; before: number | null }) {
  const { t } = useTranslation('home')
  const format = useFormat()
  if (now === null || before === null) return null
  const points = (now - before) * 100
  const was = format.percent(before)
  if (Math.abs(points) < 0.05) return <Note text={t('change.same')} was={was} />
  return <Note text={t('change.points', { points: format.number(Math.abs(points), 1) })} isUp={points > 0} was={was} />
}

function Note({ text, isUp, was }: { text: string; isUp?: boolean; was: string }) {
  const { t } = useTranslation('home')
  const Sign = isUp ? ArrowUp : ArrowDown
  return (
    <span
      className="inline-flex h-5 items-center gap-0.5 align-top text-sm leading-5 text-muted-foreground"
      title={t('change.was', { was })}
    >
      {isUp !== undefined && <Sign className="size-3.5 shrink-0" aria-hidden />}
      {isUp !== undefined && <span className="sr-only">{isUp ? t('change.up') : t('change.down')}</span>}
      {text}
      <span className="sr-only">. {t('change.was', { was })}</span>
    </span>
  )
}
