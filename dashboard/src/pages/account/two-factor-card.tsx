import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useChange } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { CurrentPasswordField } from '../../auth/fields.tsx'
import { useUser } from '../../auth/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { toast } from '../../ui/toast.tsx'
import { BackupCodes } from './backup-codes.tsx'
import { EnrolDialog } from './enrol-dialog.tsx'

interface PartProps {
  isOpen: boolean
  onOpenChange(isOpen: boolean): void
}

export function TwoFactorCard() {
  const { t } = useTranslation('account')
  const [open, setOpen] = useState<'enable' | 'disable' | 'codes'>()
  const isOn = useUser().twoFactorEnabled === true
  const part = (name: typeof open): PartProps => ({ isOpen: open === name, onOpenChange: (isOpen) => setOpen(isOpen ? name : undefined) })
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-2">
          {t('twoFactor.title')}
          <Badge tone={isOn ? 'success' : 'neutral'}>{isOn ? t('twoFactor.on') : t('twoFactor.off')}</Badge>
        </span>
      }
      description={isOn ? t('twoFactor.textOn') : t('twoFactor.text')}
    >
      <div className="flex flex-wrap gap-2">
        {isOn ? (
          <>
            <Button variant="secondary" onClick={() => setOpen('codes')}>
              {t('twoFactor.newCodes')}
            </Button>
            <Button variant="secondary" onClick={() => setOpen('disable')}>
              {t('twoFactor.disable')}
            </Button>
          </>
        ) : (
          <Button onClick={() => setOpen('enable')}>{t('twoFactor.enable')}</Button>
        )}
      </div>
      <EnrolDialog {...part('enable')} />
      <DisableDialog {...part('disable')} />
      <NewCodesDialog {...part('codes')} />
    </Card>
  )
}

function DisableDialog({ isOpen, onOpenChange }: PartProps) {
  const { t } = useTranslation('account')
  const disable = useChange(['session'], (password: string) => api.post('/api/auth/two-factor/disable', { password }))
  const submit = async ({ password = '' }: Record<string, string>) => {
    await disable.mutateAsync(password)
    toast.success(t('twoFactor.disabled'))
    onOpenChange(false)
  }
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title={t('twoFactor.disableTitle')} description={t('twoFactor.disableText')}>
      <AuthForm submit={t('twoFactor.disable')} onSubmit={submit}>
        <CurrentPasswordField label={t('twoFactor.confirmPassword')} />
      </AuthForm>
    </Dialog>
  )
}

function NewCodesDialog({ isOpen, onOpenChange }: PartProps) {
  const { t } = useTranslation('account')
  const [codes, setCodes] = useState<readonly string[]>()
  const close = (wanted: boolean) => {
    if (!wanted) setCodes(undefined)
    onOpenChange(wanted)
  }
  const make = async ({ password = '' }: Record<string, string>) => {
    setCodes((await api.post<{ backupCodes: string[] }>('/api/auth/two-factor/generate-backup-codes', { password })).backupCodes)
  }
  return (
    <Dialog isOpen={isOpen} onOpenChange={close} title={t('twoFactor.newCodes')} description={t('twoFactor.newCodesText')}>
      {codes ? (
        <BackupCodes codes={codes} onDone={() => close(false)} />
      ) : (
        <AuthForm submit={t('twoFactor.newCodes')} onSubmit={make}>
          <CurrentPasswordField label={t('twoFactor.confirmPassword')} />
        </AuthForm>
      )}
    </Dialog>
  )
}
