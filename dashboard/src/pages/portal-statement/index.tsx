import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function PortalStatementPage() {
  const { t } = useTranslation('portalStatement')
  return <PageHeader title={t('title')} />
}
