import { useTranslation } from 'react-i18next'
import { Skeleton } from '../ui/skeleton.tsx'

/** While a page's own code is on its way. */
export function PageSkeleton() {
  const { t } = useTranslation()
  return (
    <div role="status" className="min-h-[60dvh] space-y-6">
      <span className="sr-only">{t('loading')}</span>
      <Skeleton className="h-8 w-48" />
      <Skeleton className="h-40 w-full" />
    </div>
  )
}
