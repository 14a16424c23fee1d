import { useTranslation } from 'react-i18next'
import { type Answer, type Body, useApi } from '../../api/index.ts'
import { FormField } from '../../ui/form-field.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { Select } from '../../ui/select.tsx'

export type RoleWish = Body<'PUT /users/:user/role'>
type Role = RoleWish['role']

const roles: readonly Role[] = ['admin', 'viewer', 'client']

export interface RoleFieldsProps {
  value: RoleWish
  onChange(value: RoleWish): void
  /** Of the client, where one is needed and none is chosen. */
  error?: string | undefined
}

/** What somebody may, in words, and for role `client` of which client. */
export function RoleFields({ value, onChange, error }: RoleFieldsProps) {
  const { t } = useTranslation('users')
  return (
    <>
      <RadioCards
        label={t('role.label')}
        value={value.role}
        onValueChange={(role) => onChange({ role })}
        options={roles.map((role) => ({ value: role, label: t(`role.${role}`), text: t(`role.${role}Text`) }))}
      />
      {value.role === 'client' && (
        <ClientField value={value.client ?? ''} onChange={(client) => onChange({ role: 'client', client })} error={error} />
      )}
    </>
  )
}

function ClientField({ value, onChange, error }: { value: string; onChange(client: string): void; error: string | undefined }) {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const clients = useApi<Answer<'GET /clients'>>('config', '/api/admin/clients', { sort: 'name', order: 'asc', limit: 1_000 })
  const hasNone = clients.data?.items.length === 0
  return (
    <FormField label={t('client')} hint={hasNone ? t('noClients') : t('clientHint')} error={error}>
      {(control) => (
        <Select
          {...control}
          options={(clients.data?.items ?? []).map(({ slug, name }) => ({
            value: slug,
            label: name === slug ? name : `${name} (${slug})`,
          }))}
          value={value}
          onValueChange={onChange}
          placeholder={clients.isPending ? common('loading') : t('chooseClient')}
          disabled={clients.data === undefined || hasNone}
        />
      )}
    </FormField>
  )
}
