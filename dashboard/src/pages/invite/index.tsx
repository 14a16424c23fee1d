import { useTranslation } from 'react-i18next'
import { api } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { NameField, NewPasswordField } from '../../auth/fields.tsx'
import { IncompleteLink } from '../../auth/incomplete-link.tsx'
import { useFinishSignIn } from '../../auth/use-finish-sign-in.ts'
import { useLinkToken } from '../../auth/use-link-token.ts'
import { PageHeader } from '../../ui/page-header.tsx'

export function InvitePage() {
  const { t } = useTranslation('auth')
  const token = useLinkToken()
  const finish = useFinishSignIn()
  if (token === undefined) return <IncompleteLink />
  const create = async ({ name, newPassword }: Record<string, string>) => {
    await api.post('/api/auth/accept-invitation', { token, name, password: newPassword })
    await finish()
  }
  return (
    <>
      <PageHeader title={t('invite.title')} description={t('invite.text')} />
      <AuthForm submit={t('invite.submit')} onSubmit={create}>
        <NameField />

        <NewPasswordField />
      </AuthForm>
    </>
  )
}
