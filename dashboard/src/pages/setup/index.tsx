import { useTranslation } from 'react-i18next'
import { api, useApi } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { AuthSkeleton } from '../../auth/auth-skeleton.tsx'
import { CommandLine } from '../../auth/command-line.tsx'
import { DeadEnd } from '../../auth/dead-end.tsx'
import { EmailField, NameField, NewPasswordField } from '../../auth/fields.tsx'
import { useFinishSignIn } from '../../auth/use-finish-sign-in.ts'
import { useLinkToken } from '../../auth/use-link-token.ts'
import { PageHeader } from '../../ui/page-header.tsx'

/** The first account. From here the checklist leads on. */
export function SetupPage() {
  const { t } = useTranslation('auth')
  const token = useLinkToken()
  const setup = useApi<{ needed: boolean }>('session', '/api/auth/setup')
  const finish = useFinishSignIn()
  if (setup.isPending) return <AuthSkeleton />
  if (setup.data?.needed === false) return <DeadEnd title={t('setup.doneTitle')} text={t('setup.doneText')} />
  if (token === undefined) {
    return (
      <DeadEnd title={t('link.title')} text={t('setup.noLink')}>
        <CommandLine command="npx catraca user setup-link" />
      </DeadEnd>
    )
  }
  const create = async ({ name = '', email = '', newPassword = '' }: Record<string, string>) => {
    await api.post('/api/auth/setup', { token, name, email: email.trim(), password: newPassword })
    await finish('/configuration')
  }
  return (
    <>
      <PageHeader title={t('setup.title')} description={t('setup.text')} />
      <AuthForm submit={t('setup.submit')} onSubmit={create}>
        <NameField />
        <EmailField />
        <NewPasswordField />
      </AuthForm>
    </>
  )
}
