import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { CodeForm } from '../../auth/sign-in-forms.tsx'
import { useFinishSignIn } from '../../auth/use-finish-sign-in.ts'
import { Button } from '../../ui/button.tsx'
import { PageHeader } from '../../ui/page-header.tsx'

export function TwoFactorPage() {
  const { t } = useTranslation('auth')
  const finish = useFinishSignIn()
  const [isBackup, setBackup] = useState(false)
  return (
    <>
      <PageHeader title={t('twoFactor.title')} description={isBackup ? t('twoFactor.backupText') : t('twoFactor.text')} />
      <CodeForm isBackup={isBackup} onSignedIn={() => finish()} />
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
