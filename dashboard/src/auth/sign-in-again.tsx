import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import type { User } from './session.ts'
import { CodeForm, SignInForm } from './sign-in-forms.tsx'

type Step = 'password' | 'app' | 'backup'

/** Above a page whose session has ended, which stays as it is below, out of sight. */
export function SignInAgain({ user, onSignedIn }: { user: User; onSignedIn(): unknown }) {
  const { t } = useTranslation('auth')
  const [step, setStep] = useState<Step>('password')
  const texts = { password: t('again.text'), app: t('twoFactor.text'), backup: t('twoFactor.backupText') }
  return (
    <Dialog isWall isOpen onOpenChange={() => {}} title={t('again.title')} description={texts[step]}>
      <div className="pb-3">
        {step === 'password' ? (
          <SignInForm email={user.email} onSignedIn={onSignedIn} onCodeWanted={() => setStep('app')} />
        ) : (
          <>
            <CodeForm isBackup={step === 'backup'} onSignedIn={onSignedIn} />
            <p className="mt-5 flex flex-col items-center gap-3">
              <Button variant="link" size="inline" onClick={() => setStep(step === 'app' ? 'backup' : 'app')}>
                {step === 'app' ? t('twoFactor.useBackup') : t('twoFactor.useApp')}
              </Button>
              <Button variant="link" size="inline" onClick={() => setStep('password')}>
                {t('twoFactor.back')}
              </Button>
            </p>
          </>
        )}
      </div>
    </Dialog>
  )
}
