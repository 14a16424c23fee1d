import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function ConfigurationPage() {
  const { t } = useTranslation('configuration')
  return <PageHeader title={t('title')} />
}
