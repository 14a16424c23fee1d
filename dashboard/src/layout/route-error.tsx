import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useRouteError } from 'react-router'
import { Button } from '../ui/button.tsx'

/** A page's code that is gone: the gateway was updated behind an open page. */
function isOutdated(error: unknown): boolean {
  return error instanceof Error && /dynamically imported module|Importing a module script failed|Unable to preload/i.test(error.message)
}

/** In place of a page that threw. The navigation stays. */
export function RouteError() {
  const { t } = useTranslation()
  const error = useRouteError()
  useEffect(() => {
    document.title = `${t('error.crashed')} · ${t('app.name')}`
  }, [t])
  return (
    <div role="alert" className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-20 text-center">
      <h1 className="text-xl font-semibold">{t('error.crashed')}</h1>
      <p className="text-sm text-muted-foreground">{isOutdated(error) ? t('error.updated') : t('error.unexpected')}</p>
      <Button onClick={() => location.reload()}>{t('error.reload')}</Button>
    </div>
  )
}
