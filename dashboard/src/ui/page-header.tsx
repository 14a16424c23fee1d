import { ArrowLeft } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'

export interface PageHeaderProps {
  /** Also the document's title. */
  title: string
  description?: ReactNode
  /** The page's own buttons, at the right. */
  actions?: ReactNode
  /** Where the page above this one is. */
  back?: { to: string; label: string }
}

let lastFocusedPath: string | undefined

/** The h1 of a page. Once a page, also while it loads: it takes the focus when the page has been come to. */
export function PageHeader({ title, description, actions, back }: PageHeaderProps) {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`
  }, [title, t])
  useEffect(() => {
    // The first page is the browser's to announce.
    if (lastFocusedPath !== undefined && lastFocusedPath !== pathname) heading.current?.focus({ preventScroll: true })
    lastFocusedPath = pathname
  }, [pathname])
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 space-y-1">
        {back && (
          <Link to={back.to} className="mb-1 inline-flex items-center gap-1 text-sm text-muted-foreground hover:text-foreground">
            <ArrowLeft className="size-4" aria-hidden />
            {back.label}
          </Link>
        )}
        <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight break-words">
          {title}
        </h1>
        {description !== undefined && <div className="max-w-3xl text-sm break-words text-muted-foreground">{description}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  )
}
