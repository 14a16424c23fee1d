import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function UsagePage() {
  const { t } = useTranslation('usage')
  return <PageHeader title={t('title')} />
}
