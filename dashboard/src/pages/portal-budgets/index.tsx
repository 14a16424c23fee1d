import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function PortalBudgetsPage() {
  const { t } = useTranslation('portalBudgets')
  return <PageHeader title={t('title')} />
}
