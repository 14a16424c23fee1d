import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Answer, useApi } from '../../api/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { cn } from '../../ui/cn.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { type Concern, clientMark, useConcerns } from './use-concerns.ts'

const signs = { danger: CircleAlert, warning: TriangleAlert, info: Info } as const
const colours = { danger: 'text-danger', warning: 'text-warning', info: 'text-primary' } as const
const placeholders = [0, 1, 2]

/** What somebody should look at, each with the way to where it is put right. On wide screens as high as the chart beside it. */
export function AttentionCard({ attention }: { attention: Answer<'GET /overview'>['attention'] | undefined }) {
  const { t } = useTranslation('home')
  const setup = useApi<Answer<'GET /setup'>>('config', '/api/admin/setup', { guide_only: true })
  const concernsOf = useConcerns()
  // Also without the checklist: what the books say is worth more than a complete list.
  const concerns = attention && (setup.data || setup.error) ? concernsOf(attention, setup.data) : undefined
  return (
    <Card
      title={
        <span className="flex items-center gap-2">
          {t('attention.title')}
          {concerns && concerns.length > 0 && <Badge>{concerns.length}</Badge>}
        </span>
      }
      className="xl:flex xl:max-h-[27.5rem] xl:flex-col"
    >
      {concerns?.length === 0 ? (
        <EmptyState icon={CircleCheck} title={t('attention.empty')} text={t('attention.emptyText')} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by keyboard
        <section aria-label={t('attention.title')} tabIndex={0} className="-mx-2 min-h-0 overflow-y-auto px-2">
          <ul className="divide-y">
            {concerns?.map((concern) => <Row key={concern.id} concern={concern} />) ??
              placeholders.map((key) => (
                <li key={key} className="py-3">
                  <Skeleton className="h-14" />
                </li>
              ))}
          </ul>
        </section>
      )}
    </Card>
  )
}

function Row({ concern: { tone, text, client, to, action } }: { concern: Concern }) {
  const Sign = signs[tone]
  const [before, after] = text.split(clientMark)
  return (
    <li className="flex gap-3 py-3 first:pt-0">
      <Sign className={cn('mt-0.5 size-4 shrink-0', colours[tone])} aria-hidden />
      <div className="min-w-0 space-y-1 text-sm">
        <p className="break-words">
          {before}
          {client && (
            <Link to={`/clients/${client.slug}`} className="font-medium underline underline-offset-4 hover:no-underline">
              {client.name}
            </Link>
          )}
          {after}
        </p>
        <Button asChild variant="link" size="inline">
          <Link to={to}>{action}</Link>
        </Button>
      </div>
    </li>
  )
}
