import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function AlertsPage() {
  const { t } = useTranslation('alerts')
  return <PageHeader title={t('title')} />
}
