import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { api } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { CodeField } from '../../auth/fields.tsx'
import { useFinishSignIn } from '../../auth/use-finish-sign-in.ts'
import { Button } from '../../ui/button.tsx'
import { PageHeader } from '../../ui/page-header.tsx'

export function TwoFactorPage() {
  const { t } = useTranslation('auth')
  const finish = useFinishSignIn()
  const [isBackup, setBackup] = useState(false)
  const verify = async ({ code = '', trust }: Record<string, string>) => {
    const path = isBackup ? 'verify-backup-code' : 'verify-totp'
    await api.post(`/api/auth/two-factor/${path}`, { code: code.replace(/\s/g, ''), trustDevice: trust === 'on' })
    await finish()
  }
  return (
    <>
      <PageHeader title={t('twoFactor.title')} description={isBackup ? t('twoFactor.backupText') : t('twoFactor.text')} />
      <AuthForm key={String(isBackup)} submit={t('twoFactor.submit')} onSubmit={verify}>
        <CodeField label={isBackup ? t('twoFactor.backupCode') : t('twoFactor.code')} isBackup={isBackup} />
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
