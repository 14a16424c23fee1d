import { useTranslation } from 'react-i18next'
import { api } from '../api/index.ts'
import { AuthForm } from './auth-form.tsx'
import { CodeField, CurrentPasswordField, EmailField } from './fields.tsx'

export interface SignInFormProps {
  /** Whose log-in it probably is. */
  email?: string
  onSignedIn(): unknown
  /** The account has a second step. */
  onCodeWanted(): void
}

export function SignInForm({ email: likely, onSignedIn, onCodeWanted }: SignInFormProps) {
  const { t } = useTranslation('auth')
  const signIn = async ({ email = '', password = '' }: Record<string, string>) => {
    const answer = await api.post<object>('/api/auth/sign-in/email', { email: email.trim(), password })
    if ('twoFactorRedirect' in answer) onCodeWanted()
    else await onSignedIn()
  }
  return (
    <AuthForm submit={t('login.submit')} onSubmit={signIn}>
      <EmailField {...(likely !== undefined && { defaultValue: likely })} />
      <CurrentPasswordField />
    </AuthForm>
  )
}

/** The second step, by the authenticator app or one of the codes kept for when it is lost. */
export function CodeForm({ isBackup, onSignedIn }: { isBackup: boolean; onSignedIn(): unknown }) {
  const { t } = useTranslation('auth')
  const verify = async ({ code = '', trust }: Record<string, string>) => {
    const path = isBackup ? 'verify-backup-code' : 'verify-totp'
    await api.post(`/api/auth/two-factor/${path}`, { code: code.replace(/\s/g, ''), trustDevice: trust === 'on' })
    await onSignedIn()
  }
  return (
    <AuthForm key={String(isBackup)} submit={t('twoFactor.submit')} onSubmit={verify}>
      <CodeField label={isBackup ? t('twoFactor.backupCode') : t('twoFactor.code')} isBackup={isBackup} />
      <label className="flex items-center gap-2 text-sm">
        <input type="checkbox" name="trust" className="size-4 accent-primary" />
        {t('twoFactor.trust')}
      </label>
    </AuthForm>
  )
}
