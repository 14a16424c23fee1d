import { useTranslation } from 'react-i18next'
import { Skeleton } from '../ui/skeleton.tsx'

/** In place of a form of two fields. */
export function AuthSkeleton() {
  const { t } = useTranslation()
  return (
    <div role="status" className="space-y-6">
      <span className="sr-only">{t('loading')}</span>
      <Skeleton className="h-8 w-40" />
      <Skeleton className="h-15 w-full" />
      <Skeleton className="h-15 w-full" />
      <Skeleton className="h-11 w-full" />
    </div>
  )
}
