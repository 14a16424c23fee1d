import { ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { cn } from '../../ui/cn.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { type Operation, toCurl } from './operations.ts'
import { SchemaFields, SchemaTree } from './schema-tree.tsx'

const tones: Record<string, Tone> = { GET: 'neutral', DELETE: 'danger' }

/** One operation: its line, and below it all that the document says of it. */
export function OperationDetails({ operation }: { operation: Operation }) {
  const { t } = useTranslation('apiDocs')
  const [isOpen, setOpen] = useState(location.hash === `#${operation.id}`)
  const { id, method, path, summary, access } = operation
  const details = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    // The browser looked for it before the document was here.
    if (location.hash === `#${id}`) details.current?.scrollIntoView()
  }, [id])
  const toggle = (open: boolean) => {
    setOpen(open)
    // So that the address can be sent to somebody.
    if (open) history.replaceState(history.state, '', `#${id}`)
  }
  return (
    <details ref={details} id={id} open={isOpen} onToggle={(event) => toggle(event.currentTarget.open)} className="scroll-mt-20">
      <summary className="flex cursor-pointer list-none items-start gap-3 px-4 py-3.5 -outline-offset-2 hover:bg-muted/50 sm:px-5 [&::-webkit-details-marker]:hidden">
        <ChevronRight
          className={cn('mt-1 size-4 shrink-0 text-muted-foreground transition-transform', isOpen && 'rotate-90')}
          aria-hidden
        />
        <span className="min-w-0 flex-1 space-y-1">
          <span className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
            <Badge tone={tones[method] ?? 'accent'} className="min-w-16 justify-center font-mono">
              {method}
            </Badge>
            <code className="min-w-0 text-sm break-all">{path}</code>
          </span>
          {/* The document is in one language, whatever the page is in. */}
          <span lang="en" className="block text-sm text-muted-foreground">
            {summary}
          </span>
        </span>
        <span className="hidden shrink-0 text-xs text-muted-foreground sm:block sm:pt-1">{t(`access.${access}`)}</span>
      </summary>
      {isOpen && <Details operation={operation} />}
    </details>
  )
}

function Details({ operation }: { operation: Operation }) {
  const { t } = useTranslation('apiDocs')
  const { access, parameters, body, answers, takesToken } = operation
  const curl = toCurl(operation, location.origin)
  return (
    <div className="space-y-6 px-4 pt-1 pb-6 sm:pr-5 sm:pl-12">
      <p className="text-sm">
        <span className="font-medium">{t(`access.${access}`)}.</span> {t(takesToken ? 'byToken' : 'bySession')}
      </p>
      {parameters.length > 0 && (
        <Part title={t('parameters')}>
          <SchemaFields
            isInput
            fields={parameters.map((one) => ({
              name: one.name,
              schema: one.schema,
              isRequired: one.required,
              note: t(`in.${one.in}`),
            }))}
          />
        </Part>
      )}
      {body && (
        <Part title={t('body')}>
          <SchemaTree schema={body} isInput />
        </Part>
      )}
      {answers.map(({ type, schema }) => (
        <Part key={type} title={`${t('answer')} · ${type}`}>
          {type === 'application/json' ? (
            <SchemaTree schema={schema} />
          ) : (
            <p className="text-sm text-muted-foreground">{t('file', { type })}</p>
          )}
        </Part>
      ))}
      <Part title={t('curl')} actions={<CopyButton value={curl} label={t('copyCurl')} size="sm" />}>
        <pre className="rounded-md bg-muted px-4 py-3 text-xs leading-5 break-all whitespace-pre-wrap">
          <code>{curl}</code>
        </pre>
      </Part>
    </div>
  )
}

function Part({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="space-y-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-sm font-semibold">{title}</h3>
        {actions}
      </div>
      {children}
    </section>
  )
}
