import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChange } from '../../api/index.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { CurrentPasswordField } from '../../auth/fields.tsx'
import { authClient, orThrow, useSession } from '../../auth/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { toast } from '../../ui/toast.tsx'
import { EnrolDialog } from './enrol-dialog.tsx'

export function TwoFactorCard() {
  const { t } = useTranslation('account')
  const { data } = useSession()
  const [isOpen, setOpen] = useState(false)
  const isOn = data?.user.twoFactorEnabled === true
  return (
    <Card
      title={t('twoFactor.title')}
      description={t('twoFactor.text')}
      actions={
        <Button variant="secondary" onClick={() => setOpen(true)}>
          {isOn ? t('twoFactor.disable') : t('twoFactor.enable')}
        </Button>
      }
    >
      <Badge tone={isOn ? 'success' : 'neutral'}>{isOn ? t('twoFactor.on') : t('twoFactor.off')}</Badge>
      {isOn ? <DisableDialog isOpen={isOpen} onOpenChange={setOpen} /> : <EnrolDialog isOpen={isOpen} onOpenChange={setOpen} />}
    </Card>
  )
}

function DisableDialog({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange(isOpen: boolean): void }) {
  const { t } = useTranslation('account')
  const disable = useChange(['session'], (password: string) => orThrow(authClient.twoFactor.disable({ password })))
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
