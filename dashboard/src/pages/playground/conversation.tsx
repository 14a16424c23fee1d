import { MessagesSquare } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { cn } from '../../ui/cn.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Refusal } from './refusal.tsx'
import { TurnFacts } from './turn-facts.tsx'
import type { Chat, Turn } from './use-chat.ts'

export function Conversation({ chat, onRetry }: { chat: Chat; onRetry(turn: Turn): void }) {
  const { t } = useTranslation('playground')
  if (chat.turns.length === 0) {
    return (
      <div className="grid flex-1 place-items-center rounded-lg border border-dashed">
        <EmptyState icon={MessagesSquare} title={t('empty.title')} text={t('empty.text')} />
      </div>
    )
  }
  return (
    <ol className="space-y-4" aria-label={t('conversation')}>
      {chat.turns.map((turn) => (
        <TurnView key={turn.id} turn={turn} isLast={turn === chat.turns.at(-1)} isBusy={chat.isBusy} onRetry={() => onRetry(turn)} />
      ))}
    </ol>
  )
}

interface TurnViewProps {
  turn: Turn
  isLast: boolean
  isBusy: boolean
  onRetry(): void
}

function TurnView({ turn, isLast, isBusy, onRetry }: TurnViewProps) {
  const { t } = useTranslation('playground')
  const isRunning = turn.state === 'waiting' || turn.state === 'streaming'
  return (
    <li className="space-y-3">
      <div className="ml-auto w-fit max-w-[85%] rounded-lg bg-primary-soft px-4 py-2.5">
        <p className="sr-only">{t('you')}</p>
        <p className="text-sm whitespace-pre-wrap break-words">{turn.prompt}</p>
      </div>
      <article aria-label={t('answerOf', { model: turn.request.model })} className="rounded-lg border bg-card">
        <div className="grid xl:grid-cols-[minmax(0,1fr)_14rem]">
          <div className={cn('min-w-0 p-4 sm:p-5', turn.text !== '' && 'space-y-3')}>
            {/* Read out when the answer is whole, not word by word. */}
            <div aria-live="polite" aria-busy={isRunning} className={cn('text-sm leading-6', !turn.error && 'min-h-6')}>
              {turn.text !== '' && (
                <p className="whitespace-pre-wrap break-words">
                  {turn.text}
                  {isRunning && <Caret />}
                </p>
              )}
              {turn.text === '' && isRunning && (
                <p className="text-muted-foreground">
                  {t('waiting')}
                  <Caret />
                </p>
              )}
              {turn.state === 'done' && turn.text === '' && <p className="text-muted-foreground">{t('noText')}</p>}
              {turn.state === 'stopped' && <p className={cn('text-muted-foreground', turn.text !== '' && 'mt-2')}>{t('stopped')}</p>}
            </div>
            {turn.error && <Refusal turn={turn} error={turn.error} onRetry={isLast && !isBusy ? onRetry : undefined} />}
          </div>
          <TurnFacts turn={turn} />
        </div>
      </article>
    </li>
  )
}

function Caret() {
  return <span aria-hidden className="ml-0.5 inline-block h-4 w-1.5 animate-pulse rounded-xs bg-primary align-text-bottom" />
}
