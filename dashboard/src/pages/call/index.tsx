import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function CallPage() {
  const { t } = useTranslation('call')
  return <PageHeader title={t('title')} />
}
