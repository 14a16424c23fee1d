import { ArrowDownWideNarrow, Layers, Plus, Users } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { type Item, useApi } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import { columnsOf, DataTable, type List, ListFilter, ListSearch, useList } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { BudgetBar } from '../../ui/progress.tsx'
import type { Plans } from './client-fields.tsx'
import { CreateClientDialog } from './create-client-dialog.tsx'
import { PlansDialog } from './plans-dialog.tsx'

type ClientRow = Item<'GET /clients'>

const column = columnsOf<ClientRow>()

export function ClientsPage() {
  const { t } = useTranslation('clients')
  const canEdit = useCanEdit()
  const navigate = useNavigate()
  const [isCreating, setCreating] = useState(false)
  const [showsPlans, setShowsPlans] = useState(false)
  const list = useList<ClientRow>('/api/admin/clients', {
    topic: 'usage',
    sort: { by: 'name', order: 'asc' },
    filters: ['search', 'plan', 'status'],
  })
  const columns = useColumns()
  const create = canEdit && (
    <Button onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      {t('create')}
    </Button>
  )
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('text')}
        actions={
          <>
            <Button variant="secondary" onClick={() => setShowsPlans(true)}>
              <Layers aria-hidden />
              {t('plans.open')}
            </Button>
            {create}
          </>
        }
      />
      <DataTable
        label={t('title')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        onRowClick={(row) => navigate(`/clients/${row.slug}`)}
        filters={<Filters list={list} />}
        empty={<EmptyState icon={Users} title={t('empty')} text={t('emptyText')} action={create} />}
      />
      <CreateClientDialog isOpen={isCreating} onOpenChange={setCreating} onCreated={({ slug }) => navigate(`/clients/${slug}`)} />
      <PlansDialog isOpen={showsPlans} onOpenChange={setShowsPlans} />
    </>
  )
}

function Filters({ list }: { list: List<ClientRow> }) {
  const { t } = useTranslation('clients')
  const plans = useApi<Plans>('config', '/api/admin/plans')
  const statuses = (['active', 'suspended'] as const).map((value) => ({ value, label: t(`status.${value}`) }))
  const isWorstFirst = list.sort?.by === 'usage' && list.sort.order === 'desc'
  return (
    <>
      <ListSearch list={list} name="search" label={t('search')} />
      <ListFilter list={list} name="plan" label={t('plan')} options={plans.data?.map(({ plan }) => ({ value: plan, label: plan })) ?? []} />
      <ListFilter list={list} name="status" label={t('state')} gender="feminine" options={statuses} />
      <Button variant={isWorstFirst ? 'primary' : 'secondary'} aria-pressed={isWorstFirst} onClick={() => list.sortBy('usage')}>
        <ArrowDownWideNarrow aria-hidden />
        {isWorstFirst ? t('bestFirst') : t('worstFirst')}
      </Button>
    </>
  )
}

function useColumns() {
  const { t } = useTranslation('clients')
  const format = useFormat()
  return useMemo(
    () =>
      column.columns([
        column.accessor('name', {
          header: t('name'),
          meta: { isTitle: true, sort: 'name' },
          cell: ({ row: { original } }) => <NameCell client={original} />,
        }),
        column.accessor('plan', { header: t('plan') }),
        column.display({ id: 'state', header: t('state'), cell: ({ row: { original } }) => <StateBadge client={original} /> }),
        column.accessor('budgets', {
          header: t('budgets'),
          meta: { sort: 'usage' },
          cell: (cell) => <BudgetsCell budgets={cell.getValue()} />,
        }),
        column.accessor('active_keys', { header: t('keys'), meta: { align: 'end' }, cell: (cell) => format.number(cell.getValue(), 0) }),
        column.accessor('created_at', {
          header: t('since'),
          meta: { align: 'end', sort: 'created_at' },
          cell: (cell) => format.date(cell.getValue()),
        }),
      ]),
    [t, format],
  )
}

function NameCell({ client }: { client: ClientRow }) {
  return (
    <>
      <Link to={`/clients/${client.slug}`} className="text-primary underline-offset-4 hover:underline">
        {client.name}
      </Link>
      <span className="block font-mono text-xs font-normal text-muted-foreground">{client.slug}</span>
    </>
  )
}

/** The first of these that keeps a client from calling is the one to know. */
export function StateBadge({ client }: { client: Pick<ClientRow, 'status' | 'use_ai_gateway' | 'paused'> }) {
  const { t } = useTranslation('clients')
  if (client.status === 'suspended') return <Badge tone="danger">{t('status.suspended')}</Badge>
  if (!client.use_ai_gateway) return <Badge tone="neutral">{t('status.off')}</Badge>
  if (client.paused) return <Badge tone="warning">{t('status.paused')}</Badge>
  return <Badge tone="success">{t('status.active')}</Badge>
}

const shownBudgets = 2

/** The budgets that are nearest their limits: all of them are on the client's own page. */
function BudgetsCell({ budgets }: { budgets: ClientRow['budgets'] }) {
  const { t } = useTranslation('clients')
  const nameOf = useBudgetName()
  if (budgets.length === 0) return <span className="text-muted-foreground">{t('unlimited')}</span>
  const worst = budgets.toSorted((a, b) => b.usage_percentage - a.usage_percentage).slice(0, shownBudgets)
  return (
    <div className="w-full min-w-48 space-y-2 text-left max-md:w-52">
      {worst.map((budget) => (
        <BudgetBar key={budget.id} used={budget.used} limit={budget.limit} unit={budget.type} label={nameOf(budget)} />
      ))}
      {budgets.length > shownBudgets && (
        <span className="text-xs text-muted-foreground">{t('moreBudgets', { count: budgets.length - shownBudgets })}</span>
      )}
    </div>
  )
}
