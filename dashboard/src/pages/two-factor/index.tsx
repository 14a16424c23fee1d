import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { AuthForm } from '../../auth/auth-form.tsx'
import { authClient, orThrow } from '../../auth/index.ts'
import { useFinishSignIn } from '../../auth/use-finish-sign-in.ts'
import { Button } from '../../ui/button.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { PageHeader } from '../../ui/page-header.tsx'

export function TwoFactorPage() {
  const { t } = useTranslation('auth')
  const finish = useFinishSignIn()
  const [isBackup, setBackup] = useState(false)
  const verify = async ({ code = '', trust }: Record<string, string>) => {
    const wish = { code: code.replaceAll(' ', ''), trustDevice: trust === 'on' }
    await orThrow<unknown>(isBackup ? authClient.twoFactor.verifyBackupCode(wish) : authClient.twoFactor.verifyTotp(wish))
    await finish()
  }
  return (
    <>
      <PageHeader title={t('twoFactor.title')} description={isBackup ? t('twoFactor.backupText') : t('twoFactor.text')} />
      <AuthForm key={String(isBackup)} submit={t('twoFactor.submit')} onSubmit={verify}>
        <FormField label={isBackup ? t('twoFactor.backupCode') : t('twoFactor.code')}>
          {(control) => (
            <Input
              {...control}
              name="code"
              required
              autoComplete="one-time-code"
              inputMode={isBackup ? 'text' : 'numeric'}
              {...(!isBackup && { pattern: '[0-9 ]{6,7}' })}
              className="h-11 font-mono tracking-widest"
            />
          )}
        </FormField>
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" name="trust" className="size-4 accent-primary" />
          {t('twoFactor.trust')}
        </label>
      </AuthForm>
      <p className="mt-5 flex flex-col items-center gap-3">
        <Button variant="link" size="inline" onClick={() => setBackup(!isBackup)}>
          {isBackup ? t('twoFactor.useApp') : t('twoFactor.useBackup')}
        </Button>
        <Button asChild variant="link" size="inline">
          <Link to="/login">{t('twoFactor.back')}</Link>
        </Button>
      </p>
    </>
  )
}
