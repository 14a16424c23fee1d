import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function ModelsPage() {
  const { t } = useTranslation('models')
  return <PageHeader title={t('title')} />
}
