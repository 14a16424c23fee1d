import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Button } from '../ui/button.tsx'
import { PageHeader } from '../ui/page-header.tsx'

/** Instead of a form that cannot work: what is the matter, what to do, and the way to the log-in. */
export function DeadEnd({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  const { t } = useTranslation('auth')
  return (
    <>
      <PageHeader title={title} description={text} />
      <div className="space-y-6">
        {children}
        <Button asChild variant="secondary" size="lg" className="w-full">
          <Link to="/login">{t('toLogin')}</Link>
        </Button>
      </div>
    </>
  )
}

export function IncompleteLink() {
  const { t } = useTranslation('auth')
  return <DeadEnd title={t('link.title')} text={t('link.text')} />
}
