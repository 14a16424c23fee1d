import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { CommandLine } from '../../auth/command-line.tsx'
import { DeadEnd } from '../../auth/dead-end.tsx'
import { NewPasswordField } from '../../auth/fields.tsx'
import { useLinkToken } from '../../auth/use-link-token.ts'
import { PageHeader } from '../../ui/page-header.tsx'

/** The gateway sends no e-mail: the link comes from an administrator, or from its command line. */
export function ResetPasswordPage() {
  const { t } = useTranslation('auth')
  const token = useLinkToken()
  const [isDone, setDone] = useState(false)
  if (isDone) return <DeadEnd title={t('reset.doneTitle')} text={t('reset.doneText')} />
  if (token === undefined) {
    return (
      <DeadEnd title={t('login.forgot')} text={t('reset.ask')}>
        <div className="space-y-2">
          <p className="text-sm">{t('reset.byCommand')}</p>
          <CommandLine command={`npx catraca user reset-link ${t('reset.sample')}`} />
        </div>
      </DeadEnd>
    )
  }
  const reset = async ({ newPassword = '' }: Record<string, string>) => {
    await api.post('/api/auth/reset-password', { token, newPassword })
    setDone(true)
  }
  return (
    <>
      <PageHeader title={t('reset.title')} description={t('reset.text')} />
      <AuthForm submit={t('reset.submit')} onSubmit={reset}>
        <NewPasswordField label={t('newPassword')} />
      </AuthForm>
    </>
  )
}
