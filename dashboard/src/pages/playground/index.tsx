import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'

export function PlaygroundPage() {
  const { t } = useTranslation('playground')
  return <PageHeader title={t('title')} />
}
