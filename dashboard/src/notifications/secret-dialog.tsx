import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { SecretField } from '../ui/secret-field.tsx'

/** What a webhook is signed with, this one time. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose(): void }) {
  const { t } = useTranslation('notifications')
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t('secret.title')}
      description={t('secret.text')}
      footer={<Button onClick={onClose}>{t('secret.kept')}</Button>}
    >
      <SecretField value={secret} label={t('secret.label')} hint={t('secret.once')} />
    </Dialog>
  )
}
