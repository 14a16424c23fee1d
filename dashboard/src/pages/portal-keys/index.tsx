import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function PortalKeysPage() {
  const { t } = useTranslation('portalKeys')
  return <PageHeader title={t('title')} />
}
