import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useChange } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { CurrentPasswordField, NewPasswordField } from '../../auth/fields.tsx'
import { Card } from '../../ui/card.tsx'
import { toast } from '../../ui/toast.tsx'

export function PasswordCard() {
  const { t } = useTranslation('account')
  const [times, setTimes] = useState(0)
  const change = useChange(['session'], ({ password = '', newPassword = '' }: Record<string, string>) =>
    api.post('/api/auth/change-password', { currentPassword: password, newPassword }),
  )
  const submit = async (values: Record<string, string>) => {
    await change.mutateAsync(values)
    toast.success(t('password.done'))
    // A new form is an empty one.
    setTimes(times + 1)
  }
  return (
    <Card title={t('password.title')} description={t('password.text')}>
      <AuthForm isPart key={times} submit={t('password.submit')} onSubmit={submit}>
        <CurrentPasswordField label={t('password.current')} />
        <NewPasswordField label={t('password.next')} />
      </AuthForm>
    </Card>
  )
}
