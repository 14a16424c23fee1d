import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function ClientsPage() {
  const { t } = useTranslation('clients')
  return <PageHeader title={t('title')} />
}
