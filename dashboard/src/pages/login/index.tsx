import { useTranslation } from 'react-i18next'
import { Link, Navigate, useLocation, useNavigate } from 'react-router'
import { useApi } from '../../api/index.ts'
import { AuthSkeleton } from '../../auth/auth-skeleton.tsx'
import { CommandLine } from '../../auth/command-line.tsx'
import { returnPath, useSession } from '../../auth/index.ts'
import { SignInForm } from '../../auth/sign-in-forms.tsx'
import { useFinishSignIn } from '../../auth/use-finish-sign-in.ts'
import { Button } from '../../ui/button.tsx'
import { PageHeader } from '../../ui/page-header.tsx'

export function LoginPage() {
  const { search } = useLocation()
  const session = useSession()
  const setup = useApi<{ needed: boolean }>('session', '/api/auth/setup')
  // Asked again after an outage, it does not take away what was typed.
  if (!session.isFetched || !setup.isFetched) return <AuthSkeleton />
  if (session.data) return <Navigate to={returnPath(search, session.data.user.role)} replace />
  return setup.data?.needed ? <NobodyYet /> : <SignIn />
}

function SignIn() {
  const { t } = useTranslation('auth')
  const { search } = useLocation()
  const navigate = useNavigate()
  const finish = useFinishSignIn()
  return (
    <>
      <PageHeader title={t('login.title')} />
      <SignInForm onSignedIn={() => finish()} onCodeWanted={() => navigate(`/login/two-factor${search}`)} />
      <p className="mt-5 text-center">
        <Button asChild variant="link" size="inline">
          <Link to="/reset-password">{t('login.forgot')}</Link>
        </Button>
      </p>
    </>
  )
}

/** A new installation: its first account is made with a link that only the gateway's terminal shows. */
function NobodyYet() {
  const { t } = useTranslation('auth')
  return (
    <>
      <PageHeader title={t('nobody.title')} description={t('nobody.text')} />
      <div className="space-y-2">
        <p className="text-sm">{t('nobody.lost')}</p>
        <CommandLine command="npx catraca user setup-link" />
      </div>
    </>
  )
}
