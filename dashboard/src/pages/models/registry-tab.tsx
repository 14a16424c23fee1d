import { Boxes, Plus, RefreshCw } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { DataTable, ListFilter, ListSearch, useList } from '../../table/index.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { AddModelDialog } from './add-model-dialog.tsx'
import type { Model } from './model.ts'
import { type ModelAct, useModelColumns } from './model-columns.tsx'
import { ModelSheet } from './model-sheet.tsx'
import { RateNote, useRate } from './price.tsx'
import { RefreshPricesDialog } from './refresh-prices-dialog.tsx'
import { TestModelDialog } from './test-model-dialog.tsx'
import { ToggleModelDialog } from './toggle-model-dialog.tsx'

const apiTypes = ['chat', 'embeddings', 'transcription', 'speech', 'image', 'moderation'] as const

type Open = 'add' | 'refresh' | { act: ModelAct; model: Model } | undefined

/** The registry: what may be called, and what it costs. */
export function RegistryTab() {
  const { t } = useTranslation('models')
  const canEdit = useCanEdit()
  const rate = useRate()
  const [open, setOpen] = useState<Open>()
  const list = useList<Model>('/api/admin/models', {
    topic: 'config',
    sort: { by: 'identifier', order: 'asc' },
    filters: ['search', 'provider', 'api_type', 'is_active'],
  })
  const columns = useModelColumns(rate, (act, model) => setOpen({ act, model }))
  const close = () => setOpen(undefined)
  const chosen = typeof open === 'object' ? open : undefined
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="min-w-0 flex-1 basis-80">
          <RateNote rate={rate} />
        </div>
        {canEdit && (
          <div className="flex flex-wrap gap-2">
            <Button variant="secondary" onClick={() => setOpen('refresh')}>
              <RefreshCw aria-hidden />
              {t('refresh.open')}
            </Button>
            <Button onClick={() => setOpen('add')}>
              <Plus aria-hidden />
              {t('add.open')}
            </Button>
          </div>
        )}
      </div>
      <DataTable
        label={t('tabs.registry')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        onRowClick={(model) => setOpen({ act: 'edit', model })}
        filters={<Filters list={list} />}
        empty={<NoModels canEdit={canEdit} onRefresh={() => setOpen('refresh')} />}
      />
      <AddModelDialog isOpen={open === 'add'} onClose={close} />
      <RefreshPricesDialog isOpen={open === 'refresh'} onClose={close} />
      <ModelSheet model={chosen?.act === 'edit' ? chosen.model : undefined} rate={rate} onClose={close} />
      <TestModelDialog model={chosen?.act === 'test' ? chosen.model : undefined} onClose={close} />
      <ToggleModelDialog model={chosen?.act === 'toggle' ? chosen.model : undefined} onClose={close} />
    </div>
  )
}

function Filters({ list }: { list: ReturnType<typeof useList<Model>> }) {
  const { t } = useTranslation('models')
  const names = useApi<Answer<'GET /provider-names'>>('config', '/api/admin/provider-names')
  const providers = useMemo(() => (names.data ?? []).map((name) => ({ value: name, label: name })), [names.data])
  return (
    <>
      <ListSearch list={list} name="search" label={t('search')} />
      <ListFilter list={list} name="provider" label={t('columns.provider')} options={providers} />
      <ListFilter
        list={list}
        name="api_type"
        label={t('columns.type')}
        options={apiTypes.map((type) => ({ value: type, label: t(`apiType.${type}`) }))}
      />
      <ListFilter
        list={list}
        name="is_active"
        label={t('columns.state')}
        gender="feminine"
        options={[
          { value: 'true', label: t('state.on') },
          { value: 'false', label: t('state.off') },
        ]}
      />
    </>
  )
}

function NoModels({ canEdit, onRefresh }: { canEdit: boolean; onRefresh(): void }) {
  const { t } = useTranslation('models')
  return (
    <EmptyState
      icon={Boxes}
      title={t('empty.title')}
      text={t('empty.text')}
      {...(canEdit && { action: <Button onClick={onRefresh}>{t('refresh.open')}</Button> })}
    />
  )
}
