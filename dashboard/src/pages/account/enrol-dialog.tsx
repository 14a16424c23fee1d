import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useChange } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { CodeField, CurrentPasswordField } from '../../auth/fields.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { toast } from '../../ui/toast.tsx'
import { BackupCodes } from './backup-codes.tsx'
import { QrCode } from './qr-code.tsx'

interface Enrolment {
  totpURI: string
  backupCodes: string[]
}

/** Password, then the app's first code, then the recovery codes. */
export function EnrolDialog({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange(isOpen: boolean): void }) {
  const { t } = useTranslation('account')
  const [enrolment, setEnrolment] = useState<Enrolment>()
  const [isVerified, setVerified] = useState(false)
  const close = (open: boolean) => {
    if (!open) {
      setEnrolment(undefined)
      setVerified(false)
    }
    onOpenChange(open)
  }
  const begin = async ({ password = '' }: Record<string, string>) =>
    setEnrolment(await api.post<Enrolment>('/api/auth/two-factor/enable', { password }))
  return (
    <Dialog isOpen={isOpen} onOpenChange={close} title={t('twoFactor.title')}>
      {!enrolment ? (
        <AuthForm submit={t('twoFactor.next')} onSubmit={begin}>
          <CurrentPasswordField label={t('twoFactor.confirmPassword')} />
        </AuthForm>
      ) : isVerified ? (
        <BackupCodes codes={enrolment.backupCodes} onDone={() => close(false)} />
      ) : (
        <ScanAndVerify uri={enrolment.totpURI} onVerified={() => setVerified(true)} />
      )}
    </Dialog>
  )
}

function ScanAndVerify({ uri, onVerified }: { uri: string; onVerified(): void }) {
  const { t } = useTranslation('account')
  const secret = new URL(uri).searchParams.get('secret') ?? ''
  const turnOn = useChange(['session'], (code: string) => api.post('/api/auth/two-factor/verify-totp', { code }))
  const verify = async ({ code = '' }: Record<string, string>) => {
    await turnOn.mutateAsync(code.replace(/\s/g, ''))
    toast.success(t('twoFactor.enabled'))
    onVerified()
  }
  return (
    <div className="space-y-5">
      <p className="text-sm">{t('twoFactor.scan')}</p>
      <QrCode text={uri} label={t('twoFactor.qr')} />
      <FormField label={t('twoFactor.key')}>
        {(control) => (
          <div className="flex gap-2">
            <Input {...control} readOnly value={secret} className="font-mono" />
            <CopyButton value={secret} />
          </div>
        )}
      </FormField>
      <AuthForm submit={t('twoFactor.verify')} onSubmit={verify}>
        <CodeField label={t('twoFactor.code')} />
      </AuthForm>
    </div>
  )
}
