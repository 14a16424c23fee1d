import { useDeferredValue } from 'react'
import { type Answer, useApi } from '../api/index.ts'
import type { FieldControl } from '../ui/form-field.tsx'
import { Select } from '../ui/select.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { SuggestInput } from '../ui/suggest-input.tsx'

/** A menu can be looked through up to here; with more clients than this one types. */
const mostInMenu = 100

export interface ClientPickerProps {
  control?: FieldControl
  /** Name for a screen reader where no `FormField` gives one. */
  label?: string
  /** The client's slug; empty: none chosen. */
  value: string
  onChange(slug: string): void
  placeholder?: string
  /** A choice for "no client in particular". */
  noneLabel?: string
  className?: string
}

/** One of the clients: a menu, or a field that searches where there are many. */
export function ClientPicker({ control, label, value, onChange, placeholder, noneLabel, className }: ClientPickerProps) {
  const first = useApi<Answer<'GET /clients'>>('config', '/api/admin/clients', { limit: mostInMenu, sort: 'name', order: 'asc' })
  const isLong = (first.data?.total ?? 0) > mostInMenu
  const search = useDeferredValue(value)
  const found = useApi<Answer<'GET /clients'>>(
    'config',
    '/api/admin/clients',
    { limit: 20, sort: 'name', order: 'asc', search },
    { enabled: isLong, keepsPrevious: true },
  )
  if (first.data === undefined && !first.isError) return <Skeleton className="h-9 w-full" />
  const named = (isLong ? found.data : first.data)?.items ?? []
  const props = { ...control, ...(label !== undefined && { 'aria-label': label }), ...(className !== undefined && { className }) }
  if (isLong) {
    return (
      <SuggestInput
        {...props}
        value={value}
        placeholder={placeholder ?? noneLabel}
        onChange={(event) => onChange(event.target.value)}
        suggestions={named.map(({ slug, name }) => ({ value: slug, label: name }))}
      />
    )
  }
  const options = named.map(({ slug, name }) => ({ value: slug, label: name === slug ? name : `${name} (${slug})` }))
  return (
    <Select
      {...props}
      value={value}
      onValueChange={onChange}
      {...(placeholder !== undefined && { placeholder })}
      options={noneLabel === undefined ? options : [{ value: '', label: noneLabel }, ...options]}
    />
  )
}
