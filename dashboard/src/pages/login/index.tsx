import { useTranslation } from 'react-i18next'
import { Link, useLocation, useNavigate } from 'react-router'
import { AuthForm } from '../../auth/auth-form.tsx'
import { CurrentPasswordField, EmailField } from '../../auth/fields.tsx'
import { authClient, orThrow } from '../../auth/index.ts'
import { useFinishSignIn } from '../../auth/use-finish-sign-in.ts'
import { Button } from '../../ui/button.tsx'
import { PageHeader } from '../../ui/page-header.tsx'

export function LoginPage() {
  const { t } = useTranslation('auth')
  const { search } = useLocation()
  const navigate = useNavigate()
  const finish = useFinishSignIn()
  const signIn = async ({ email = '', password = '' }: Record<string, string>) => {
    const answer: object = await orThrow(authClient.signIn.email({ email, password }))
    if ('twoFactorRedirect' in answer) navigate(`/login/two-factor${search}`)
    else await finish()
  }
  return (
    <>
      <PageHeader title={t('login.title')} />
      <AuthForm submit={t('login.submit')} onSubmit={signIn}>
        <EmailField />
        <CurrentPasswordField />
      </AuthForm>
      <p className="mt-5 text-center">
        <Button asChild variant="link" size="inline">
          <Link to="/reset-password">{t('login.forgot')}</Link>
        </Button>
      </p>
    </>
  )
}
