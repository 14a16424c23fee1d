import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function PortalUsagePage() {
  const { t } = useTranslation('portalUsage')
  return <PageHeader title={t('title')} />
}
