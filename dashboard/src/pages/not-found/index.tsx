import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Button } from '../../ui/button.tsx'
import { PageHeader } from '../../ui/page-header.tsx'

export function NotFoundPage() {
  const { t } = useTranslation()
  return (
    <>
      <PageHeader title={t('notFound.title')} description={t('notFound.text')} />
      <Button asChild>
        <Link to="/">{t('notFound.action')}</Link>
      </Button>
    </>
  )
}
