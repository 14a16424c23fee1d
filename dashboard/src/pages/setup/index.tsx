import { useTranslation } from 'react-i18next'
import { api } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { EmailField, NameField, NewPasswordField } from '../../auth/fields.tsx'
import { IncompleteLink } from '../../auth/incomplete-link.tsx'
import { useFinishSignIn } from '../../auth/use-finish-sign-in.ts'
import { useLinkToken } from '../../auth/use-link-token.ts'
import { PageHeader } from '../../ui/page-header.tsx'

export function SetupPage() {
  const { t } = useTranslation('auth')
  const token = useLinkToken()
  const finish = useFinishSignIn()
  if (token === undefined) return <IncompleteLink />
  const create = async ({ name, email, newPassword }: Record<string, string>) => {
    await api.post('/api/auth/setup', { token, name, email, password: newPassword })
    // Of a gateway without users something is still to be set up.
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
