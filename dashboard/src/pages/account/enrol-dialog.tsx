import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { AuthForm } from '../../auth/auth-form.tsx'
import { CurrentPasswordField } from '../../auth/fields.tsx'
import { authClient, orThrow } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { toast } from '../../ui/toast.tsx'
import { QrCode } from './qr-code.tsx'

interface Enrolment {
  totpURI: string
  backupCodes: string[]
}

/** Password, then the app's first code, then the recovery codes. */
export function EnrolDialog({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange(isOpen: boolean): void }) {
  const { t } = useTranslation('account')
  const client = useQueryClient()
  const [enrolment, setEnrolment] = useState<Enrolment>()
  const [isVerified, setVerified] = useState(false)
  const close = (open: boolean) => {
    if (!open) {
      setEnrolment(undefined)
      setVerified(false)
      // Only now: with the session asked again, this dialog would give way to the other one and take the codes with it.
      if (isVerified) void client.invalidateQueries({ queryKey: ['session'] })
    }
    onOpenChange(open)
  }
  const begin = async ({ password = '' }: Record<string, string>) =>
    setEnrolment((await orThrow<unknown>(authClient.twoFactor.enable({ password }))) as Enrolment)
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
  const verify = async ({ code = '' }: Record<string, string>) => {
    await orThrow<unknown>(authClient.twoFactor.verifyTotp({ code: code.replaceAll(' ', '') }))
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
        <FormField label={t('twoFactor.code')}>
          {(control) => (
            <Input
              {...control}
              name="code"
              required
              inputMode="numeric"
              autoComplete="one-time-code"
              pattern="[0-9 ]{6,7}"
              className="font-mono"
            />
          )}
        </FormField>
      </AuthForm>
    </div>
  )
}

function BackupCodes({ codes, onDone }: { codes: readonly string[]; onDone(): void }) {
  const { t } = useTranslation('account')
  return (
    <div className="space-y-4">
      <p className="text-sm">{t('twoFactor.backup')}</p>
      <ul className="grid grid-cols-2 gap-2 rounded-md bg-muted p-4 font-mono text-sm">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap justify-end gap-2">
        <CopyButton value={codes.join('\n')} label={t('twoFactor.copyBackup')} />
        <Button onClick={onDone}>{t('twoFactor.done')}</Button>
      </div>
    </div>
  )
}
