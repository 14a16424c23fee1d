import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { type Answer, api, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { BudgetDialog } from '../../budgets/index.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { BudgetBar } from '../../ui/progress.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { CreateClientDialog } from '../clients/create-client-dialog.tsx'
import { Box } from './box.tsx'
import type { Setup } from './steps.ts'

/** With whom the test is made stands in the address; without it the gateway takes the newest that may call. */
export function useChosenClient(): [string | undefined, (slug: string) => void] {
  const [params, setParams] = useSearchParams()
  return [params.get('client') ?? undefined, (slug) => setParams({ client: slug }, { replace: true })]
}

/** Choose or create the test's client, let it use the gateway, give it a budget. */
export function ClientBoxes({ setup }: { setup: Setup }) {
  return (
    <>
      <Box setup={setup} number={12}>
        <ChooseClient setup={setup} />
      </Box>
      <Box setup={setup} number={13}>
        <EnableClient setup={setup} />
      </Box>
      <Box setup={setup} number={14}>
        <ClientBudget setup={setup} />
      </Box>
    </>
  )
}

function ChooseClient({ setup }: { setup: Setup }) {
  const { t } = useTranslation('configuration')
  const canEdit = useCanEdit()
  const [isOpen, setOpen] = useState(false)
  const [, choose] = useChosenClient()
  const clients = useApi<Answer<'GET /clients'>>('config', '/api/admin/clients', { sort: 'name', order: 'asc', limit: 200 })
  const options = clients.data?.items.map(({ slug, name }) => ({ value: slug, label: `${name} (${slug})` })) ?? []
  return (
    <div className="flex flex-wrap items-end gap-2">
      {options.length > 1 && (
        <FormField label={t('client.choose')} className="w-full max-w-xs">
          {(control) => <Select {...control} value={setup.test_client?.slug ?? ''} options={options} onValueChange={choose} />}
        </FormField>
      )}
      {canEdit && (
        <Button variant={setup.test_client ? 'secondary' : 'primary'} onClick={() => setOpen(true)}>
          {t('client.create')}
        </Button>
      )}
      <CreateClientDialog isOpen={isOpen} onOpenChange={setOpen} onCreated={({ slug }) => choose(slug)} />
    </div>
  )
}

function EnableClient({ setup: { test_client: client } }: { setup: Setup }) {
  const { t } = useTranslation('configuration')
  const canEdit = useCanEdit()
  const enable = useChange(['config', 'usage'], (slug: string) =>
    api.patch(`/api/admin/clients/${slug}`, { use_ai_gateway: true, status: 'active' }),
  )
  if (!canEdit || client === null || (client.use_ai_gateway && client.status === 'active')) return null
  const done = () => void toast.success(t('client.enabled', { name: client.name }))
  return (
    <div className="space-y-2">
      <Button size="sm" isBusy={enable.isPending} onClick={() => enable.mutate(client.slug, { onSuccess: done })}>
        {t('client.enable', { name: client.name })}
      </Button>
      {enable.error && <ErrorNote error={enable.error} />}
    </div>
  )
}

function ClientBudget({ setup: { test_client: client, budgets } }: { setup: Setup }) {
  const { t } = useTranslation('configuration')
  const canEdit = useCanEdit()
  const [isOpen, setOpen] = useState(false)
  if (client === null) return null
  return (
    <div className="space-y-3">
      {budgets.map((budget) => (
        <div key={budget.id} className="max-w-xl">
          <BudgetBar used={budget.used} limit={budget.limit} unit={budget.type} />
        </div>
      ))}
      {canEdit && budgets.length === 0 && (
        <Button size="sm" onClick={() => setOpen(true)}>
          {t('client.budget', { name: client.name })}
        </Button>
      )}
      {budgets.length > 0 && (
        <Button asChild variant="secondary" size="sm">
          <Link to={`/clients/${client.slug}?tab=budgets`}>{t('client.budgets')}</Link>
        </Button>
      )}
      <BudgetDialog isOpen={isOpen} onOpenChange={setOpen} path={`/api/admin/clients/${client.slug}/budgets`} existing={budgets} />
    </div>
  )
}
