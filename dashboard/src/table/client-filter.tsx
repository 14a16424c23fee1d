import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../api/index.ts'
import { ListFilter } from './list-filters.tsx'
import type { List } from './use-list.ts'

/** As many as one can still look through; a link to another client's rows works all the same. */
const mostClients = 200

/** One client, by its name, or all. The list's filter is called `client`. */
export function ClientFilter<Row>({ list }: { list: List<Row> }) {
  const { t } = useTranslation()
  const clients = useApi<Answer<'GET /clients'>>('config', '/api/admin/clients', { limit: mostClients, sort: 'name', order: 'asc' })
  const options = clients.data?.items.map(({ slug, name }) => ({ value: slug, label: name })) ?? []
  const chosen = list.filters.client ?? ''
  if (chosen !== '' && !options.some(({ value }) => value === chosen)) options.unshift({ value: chosen, label: chosen })
  return <ListFilter list={list} name="client" label={t('table.client')} options={options} />
}
