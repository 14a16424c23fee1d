import { useTranslation } from 'react-i18next'
import { api, useChange } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { NameField } from '../../auth/fields.tsx'
import { useUser } from '../../auth/index.ts'
import { Card } from '../../ui/card.tsx'
import { toast } from '../../ui/toast.tsx'

export function NameCard() {
  const { t } = useTranslation('account')
  const { name, email } = useUser()
  const rename = useChange(['session'], (wanted: string) => api.post('/api/auth/update-user', { name: wanted }))
  const submit = async ({ name: wanted = '' }: Record<string, string>) => {
    await rename.mutateAsync(wanted)
    toast.success(t('name.done'))
  }
  return (
    <Card title={t('name.title')} description={t('name.text', { email })}>
      <AuthForm isPart submit={t('name.submit')} onSubmit={submit}>
        <NameField defaultValue={name} />
      </AuthForm>
    </Card>
  )
}
