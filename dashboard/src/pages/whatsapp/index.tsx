import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function WhatsappPage() {
  const { t } = useTranslation('whatsapp')
  return <PageHeader title={t('title')} />
}
