import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function ClientPage() {
  const { t } = useTranslation('client')
  return <PageHeader title={t('title')} />
}
