import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Button } from '../ui/button.tsx'
import { PageHeader } from '../ui/page-header.tsx'

export function IncompleteLink() {
  const { t } = useTranslation('auth')
  return (
    <>
      <PageHeader title={t('link.title')} description={t('link.text')} />
      <Button asChild variant="secondary">
        <Link to="/login">{t('reset.toLogin')}</Link>
      </Button>
    </>
  )
}
