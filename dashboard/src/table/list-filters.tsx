import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Input } from '../ui/input.tsx'
import { Select, type SelectOption } from '../ui/select.tsx'
import type { List } from './use-list.ts'

const typingPauseMs = 300

/** Looks for what is typed, once the typing pauses. `name`: the filter's, `q` by custom. */
export function ListSearch<Row>({ list, name = 'q', label }: { list: List<Row>; name?: string; label?: string }) {
  const { t } = useTranslation()
  const wanted = list.filters[name] ?? ''
  const [text, setText] = useState(wanted)
  const { setFilter } = list
  useEffect(() => setText(wanted), [wanted])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the clock
  useEffect(() => {
    if (text === wanted) return
    const timer = setTimeout(() => setFilter(name, text), typingPauseMs)
    return () => clearTimeout(timer)
  }, [text])
  const words = label ?? t('table.search')
  return (
    <div className="relative w-full sm:w-64">
      <Search className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted-foreground" aria-hidden />
      <Input
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={words}
        aria-label={words}
        className="pl-9"
      />
    </div>
  )
}

export interface ListFilterProps<Row> {
  list: List<Row>
  name: string
  label: string
  options: readonly SelectOption[]
  /** How Portuguese says "all" after the label: "Direção: todas". */
  gender?: keyof typeof allOf
}

const allOf = { masculine: 'table.all', feminine: 'table.allFeminine', neuter: 'table.allNeuter' } as const

/** One of a few values, or all. */
export function ListFilter<Row>({ list, name, label, options, gender = 'masculine' }: ListFilterProps<Row>) {
  const { t } = useTranslation()
  const all = { value: '', label: `${label}: ${t(allOf[gender]).toLowerCase()}` }
  return (
    <Select
      aria-label={label}
      className="w-auto max-w-full"
      options={[all, ...options]}
      value={list.filters[name] ?? ''}
      onValueChange={(value) => list.setFilter(name, value)}
    />
  )
}
