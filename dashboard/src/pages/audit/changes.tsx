import { ArrowRight } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { type Entry, type Field, fieldsOf } from './entry.ts'
import { useEntryWords } from './use-entry-words.ts'

/** Of a change of more fields the rest is one click away. */
const mostShown = 3

/** What was done to what, and how its fields differ. */
export function Changes({ entry }: { entry: Entry }) {
  const { t } = useTranslation('audit')
  const words = useEntryWords()
  const [isOpen, setOpen] = useState(false)
  const fields = fieldsOf(entry)
  const isChange = entry.before !== null && entry.after !== null
  const isShort = isChange && fields.length <= mostShown
  const subject = words.subject(entry)
  return (
    <div className="min-w-0 space-y-1 md:min-w-80">
      <p className="wrap-anywhere">
        {words.action(entry)}
        {subject !== '' && <span className="font-medium"> · {subject}</span>}
      </p>
      {isChange && fields.slice(0, mostShown).map((field) => <Difference key={field.name} entry={entry} field={field} />)}
      {fields.length > 0 && !isShort && (
        <Button variant="link" size="inline" onClick={() => setOpen(true)}>
          {isChange ? t('all', { count: fields.length }) : t('details')}
        </Button>
      )}
      <EntrySheet entry={entry} fields={fields} isOpen={isOpen} onOpenChange={setOpen} />
    </div>
  )
}

function Difference({ entry, field: { name, before, after } }: { entry: Entry; field: Field }) {
  const { t } = useTranslation('audit')
  const words = useEntryWords()
  return (
    <p className="text-sm wrap-anywhere text-muted-foreground">
      {words.field(name)}: {words.value(entry, name, before)} <ArrowRight className="inline size-3.5" aria-label={t('became')} />{' '}
      <span className="text-foreground">{words.value(entry, name, after)}</span>
    </p>
  )
}

interface EntrySheetProps {
  entry: Entry
  fields: readonly Field[]
  isOpen: boolean
  onOpenChange(isOpen: boolean): void
}

/** All fields, one below the other. */
function EntrySheet({ entry, fields, isOpen, onOpenChange }: EntrySheetProps) {
  const words = useEntryWords()
  const format = useFormat()
  const { name: actor, way } = words.actor(entry)
  return (
    <Sheet isOpen={isOpen} onOpenChange={onOpenChange} title={[words.action(entry), words.subject(entry)].filter(Boolean).join(' · ')}>
      <p className="mb-4 text-sm text-muted-foreground">
        {actor} ({way}), {format.dateTime(entry.at)}
      </p>
      <dl className="divide-y border-y text-sm">
        {fields.map((field) => (
          <div key={field.name} className="grid gap-x-4 gap-y-1 py-2.5 sm:grid-cols-[12rem_minmax(0,1fr)]">
            <dt className="text-muted-foreground">{words.field(field.name)}</dt>
            <dd className="break-words">
              <FieldValues entry={entry} field={field} />
            </dd>
          </div>
        ))}
      </dl>
    </Sheet>
  )
}

function FieldValues({ entry, field: { name, before, after } }: { entry: Entry; field: Field }) {
  const { t } = useTranslation('audit')
  const words = useEntryWords()
  if (entry.before === null || entry.after === null) return words.value(entry, name, entry.after === null ? before : after)
  return (
    <>
      <span className="text-muted-foreground">{words.value(entry, name, before)}</span>{' '}
      <ArrowRight className="inline size-3.5" aria-label={t('became')} /> {words.value(entry, name, after)}
    </>
  )
}
