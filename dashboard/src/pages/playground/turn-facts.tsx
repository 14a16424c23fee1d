import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type ApiError, api } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { Explanation } from '../call/explanation.ts'
import type { Turn } from './use-chat.ts'

const bookingPauseMs = 700
/** A call is booked within a second of its end; one that was stopped ends when the provider has, and then is looked for less often. */
const quickAsks = 12
const slowPauseMs = 4_000
const mostAsks = 60

/** Beside an answer: who gave it, how long it took, what it cost, and its headers. */
export function TurnFacts({ turn }: { turn: Turn }) {
  const { t } = useTranslation('playground')
  const format = useFormat()
  const { headers, tokens, firstTextMs, totalMs } = turn
  const callId = headers['x-catraca-call-id']
  const isOver = totalMs !== undefined
  // A refusal before any provider was asked is no call of anybody's: there is nothing to look up.
  const wasAsked = headers['x-catraca-provider'] !== undefined
  const duration = (ms: number | undefined) => (ms === undefined ? '–' : format.duration(Math.round(ms)))
  return (
    <div className="space-y-3 border-t bg-muted/40 p-4 text-sm xl:rounded-r-lg xl:border-t-0 xl:border-l">
      <dl className="grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-4 xl:grid-cols-1">
        <Fact label={t('facts.cost')}>
          <Cost callId={wasAsked ? callId : undefined} isOver={isOver} headers={headers} />
        </Fact>
        <Fact label={t('facts.tokens')}>
          {tokens ? t('facts.inOut', { input: format.number(tokens.input, 0), output: format.number(tokens.output, 0) }) : '–'}
        </Fact>
        <Fact label={t('facts.firstText')}>{duration(firstTextMs)}</Fact>
        <Fact label={t('facts.total')}>{duration(totalMs)}</Fact>
      </dl>
      <Headers headers={headers} />
      {callId !== undefined && wasAsked && isOver && (
        <Link
          to={`/usage/${encodeURIComponent(callId)}`}
          className="inline-block text-primary underline underline-offset-4 hover:no-underline"
        >
          {t('facts.detail')}
        </Link>
      )}
    </div>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted-foreground">{label}</dt>
      <dd className="min-h-5 font-medium break-words">{children}</dd>
    </div>
  )
}

interface CostProps {
  callId: string | undefined
  isOver: boolean
  headers: Turn['headers']
}

/** A stream's cost is known when it is booked, a moment after its end. */
function Cost({ callId, isOver, headers }: CostProps) {
  const { t } = useTranslation('playground')
  const format = useFormat()
  const told = headers['x-catraca-cost-brl']
  const asks = useRef(0)
  const call = useQuery<Explanation, ApiError>({
    queryKey: ['usage', 'booking', callId],
    queryFn: ({ signal }) => {
      asks.current += 1
      return api.get<Explanation>(`/api/admin/calls/${callId}/explanation`, {}, signal)
    },
    enabled: callId !== undefined && isOver && told === undefined,
    retry: false,
    refetchInterval: ({ state }) => {
      if (state.data?.state === 'settled' || asks.current >= mostAsks) return false
      return asks.current < quickAsks ? bookingPauseMs : slowPauseMs
    },
  })
  const cost = call.data?.cost
  if (told !== undefined) return format.brl(told)
  if (cost?.brl != null) {
    return (
      <>
        {format.brl(cost.brl)}
        {cost.usd !== null && <span className="block text-xs font-normal text-muted-foreground">{format.usd(cost.usd)}</span>}
      </>
    )
  }
  if (cost?.usd != null) return format.usd(cost.usd)
  if (!isOver) return '–'
  if (callId === undefined) return t('facts.notBooked')
  if (call.data?.state === 'settled') return t('facts.noCost')
  if (asks.current < quickAsks) return <Skeleton className="h-5 w-20" />
  return call.data?.state === 'in_flight' ? t('facts.inFlight') : t('facts.notBooked')
}

function Headers({ headers }: { headers: Turn['headers'] }) {
  const { t } = useTranslation('playground')
  const names = Object.keys(headers).sort()
  if (names.length === 0) return null
  return (
    <details>
      <summary className="cursor-pointer text-muted-foreground hover:text-foreground">{t('facts.headers')}</summary>
      <dl className="mt-2 space-y-1.5 font-mono text-xs">
        {names.map((name) => (
          <div key={name}>
            <dt className="text-muted-foreground">{name}</dt>
            <dd className="break-all">{headers[name]}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
