import { type ComponentProps, useId } from 'react'
import { Input } from './input.tsx'

export interface Suggestion {
  value: string
  /** Shown beside it by the browser. */
  label?: string
}

/** A field for one of many names: the browser offers those that fit what is typed, and any other may be typed as well. */
export function SuggestInput({ suggestions, ...props }: Omit<ComponentProps<'input'>, 'list'> & { suggestions: readonly Suggestion[] }) {
  const id = useId()
  return (
    <>
      <Input {...props} list={id} autoComplete="off" autoCapitalize="none" spellCheck={false} />
      <datalist id={id}>
        {suggestions.map(({ value, label }) => (
          <option key={value} value={value} label={label} />
        ))}
      </datalist>
    </>
  )
}
