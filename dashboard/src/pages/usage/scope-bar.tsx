import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../../api/index.ts'
import { ClientPicker } from '../../pickers/client-picker.tsx'
import { useModelNames } from '../../pickers/use-model-names.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/select.tsx'
import { SuggestInput } from '../../ui/suggest-input.tsx'
import type { Scope } from './use-scope.ts'

const apiTypes = ['chat', 'embeddings', 'transcription', 'speech', 'image', 'moderation'] as const

/** Whose calls, and of what: for every tab alike. */
export function ScopeBar({ scope }: { scope: Scope }) {
  const { t } = useTranslation('usage')
  const { t: models } = useTranslation('models')
  const { t: common } = useTranslation()
  const names = useApi<Answer<'GET /provider-names'>>('config', '/api/admin/provider-names')
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="w-full sm:w-56">
        <ClientPicker
          label={t('filter.client')}
          value={scope.filters.client}
          onChange={(client) => scope.set('client', client)}
          noneLabel={t('filter.allClients')}
        />
      </div>
      <ModelFilter value={scope.filters.model} onChange={(model) => scope.set('model', model)} />
      <Select
        aria-label={t('filter.provider')}
        className="w-auto max-w-full max-sm:grow"
        value={scope.filters.provider}
        onValueChange={(provider) => scope.set('provider', provider)}
        options={[{ value: '', label: t('filter.allProviders') }, ...(names.data ?? []).map((name) => ({ value: name, label: name }))]}
      />
      <Select
        aria-label={t('filter.type')}
        className="w-auto max-w-full max-sm:grow"
        value={scope.filters.api_type}
        onValueChange={(type) => scope.set('api_type', type)}
        options={[
          { value: '', label: t('filter.allTypes') },
          ...apiTypes.map((type) => ({ value: type, label: models(`apiType.${type}`) })),
        ]}
      />
      {scope.isFiltered && (
        <Button variant="ghost" onClick={scope.clear}>
          {common('actions.clearFilters')}
        </Button>
      )}
    </div>
  )
}

/** Asked for when it is whole: by Enter, by choosing one of the list, or by leaving the field. */
function ModelFilter({ value, onChange }: { value: string; onChange(model: string): void }) {
  const { t } = useTranslation('usage')
  const names = useModelNames()
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (text.trim() !== value) onChange(text.trim())
  }
  const type = (typed: string) => {
    setText(typed)
    if (typed === '' || names.some((name) => name.value === typed)) onChange(typed)
  }
  return (
    <form onSubmit={submit} className="w-full sm:w-56">
      <SuggestInput
        suggestions={names}
        type="search"
        aria-label={t('filter.model')}
        placeholder={t('filter.allModels')}
        value={text}
        onChange={(event) => type(event.target.value)}
        onBlur={() => submit()}
      />
    </form>
  )
}
