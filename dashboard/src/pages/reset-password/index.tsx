import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { AuthForm } from '../../auth/auth-form.tsx'
import { EmailField, NewPasswordField } from '../../auth/fields.tsx'
import { authClient, orThrow } from '../../auth/index.ts'
import { useLinkToken } from '../../auth/use-link-token.ts'
import { Button } from '../../ui/button.tsx'
import { PageHeader } from '../../ui/page-header.tsx'

export function ResetPasswordPage() {
  const token = useLinkToken()
  const [done, setDone] = useState<'sent' | 'done'>()
  if (done) return <Done what={done} />
  return token === undefined ? <AskForLink onDone={() => setDone('sent')} /> : <NewPassword token={token} onDone={() => setDone('done')} />
}

function AskForLink({ onDone }: { onDone(): void }) {
  const { t } = useTranslation('auth')
  const ask = async ({ email = '' }: Record<string, string>) => {
    await orThrow(authClient.requestPasswordReset({ email, redirectTo: '/reset-password' }))
    onDone()
  }
  return (
    <>
      <PageHeader title={t('reset.title')} description={t('reset.askText')} />
      <AuthForm submit={t('reset.ask')} onSubmit={ask}>
        <EmailField />
      </AuthForm>
      <p className="mt-5 text-center">
        <ToLogin />
      </p>
    </>
  )
}

function NewPassword({ token, onDone }: { token: string; onDone(): void }) {
  const { t } = useTranslation('auth')
  const reset = async ({ newPassword = '' }: Record<string, string>) => {
    await orThrow(authClient.resetPassword({ newPassword, token }))
    onDone()
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

function Done({ what }: { what: 'sent' | 'done' }) {
  const { t } = useTranslation('auth')
  return (
    <>
      <PageHeader title={t('reset.title')} />
      <p role="status" className="mb-5 text-sm">
        {t(`reset.${what}`)}
      </p>
      <ToLogin />
    </>
  )
}

function ToLogin() {
  const { t } = useTranslation('auth')
  return (
    <Button asChild variant="link" size="inline">
      <Link to="/login">{t('reset.toLogin')}</Link>
    </Button>
  )
}
