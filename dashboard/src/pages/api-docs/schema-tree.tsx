import { useTranslation } from 'react-i18next'
import { type Field, fieldsOf, limitsText, type Schema, typeText } from './schema.ts'

/** Deeper than that, answers repeat themselves. */
const deepest = 6

/** A body or an answer: its type, and what is in it. */
export function SchemaTree({ schema, isInput = false }: { schema: Schema; isInput?: boolean }) {
  const fields = fieldsOf(schema)
  return (
    <div className="space-y-2">
      {(fields.length === 0 || schema.type !== 'object') && <code className="text-sm text-muted-foreground">{typeText(schema)}</code>}
      {fields.length > 0 && <SchemaFields fields={fields} isInput={isInput} />}
    </div>
  )
}

export interface SchemaFieldsProps {
  fields: readonly (Field & { note?: string })[]
  depth?: number
  /** Of what goes in it matters which fields may be left out; answers have all of theirs. */
  isInput?: boolean
}

export function SchemaFields({ fields, depth = 0, isInput = false }: SchemaFieldsProps) {
  const { t } = useTranslation('apiDocs')
  return (
    <ul className={depth === 0 ? 'space-y-2 rounded-md border px-4 py-3' : 'mt-2 space-y-2 border-l pl-4'}>
      {fields.map(({ name, schema, isRequired, note }) => {
        const inner = depth < deepest ? fieldsOf(schema) : []
        return (
          <li key={name} className="min-w-0 text-sm">
            <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5">
              <code className="font-medium break-all">{name}</code>
              <code className="min-w-0 text-xs break-words text-muted-foreground">{typeText(schema)}</code>
              {[note, isInput && isRequired && t('required'), ...limitsText(schema, t('length'))].filter(Boolean).map((text) => (
                <span key={String(text)} className="text-xs text-muted-foreground">
                  {text}
                </span>
              ))}
            </div>
            {schema.description !== undefined && <p className="text-muted-foreground">{schema.description}</p>}
            {inner.length > 0 && <SchemaFields fields={inner} depth={depth + 1} isInput={isInput} />}
          </li>
        )
      })}
    </ul>
  )
}
