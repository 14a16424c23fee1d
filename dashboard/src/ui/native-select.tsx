import { ChevronDown } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'
import { fieldStyle } from './input.tsx'

export interface NativeSelectProps extends Omit<ComponentProps<'select'>, 'onChange'> {
  onValueChange(value: string): void
  /** Each with a heading, or `''` for none. */
  groups: readonly { label: string; options: readonly { value: string; label: string }[] }[]
}

/** The browser's own, for lists of hundreds: time zones, models. One finds there by typing, and phones show their wheel. */
export function NativeSelect({ onValueChange, groups, className, ...props }: NativeSelectProps) {
  return (
    <span className="relative block">
      <select
        className={cn(fieldStyle, 'h-9 appearance-none pr-9', className)}
        onChange={(event) => onValueChange(event.target.value)}
        {...props}
      >
        {groups.map((group) => {
          const options = group.options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))
          if (group.label === '') return options
          return (
            <optgroup key={group.label} label={group.label}>
              {options}
            </optgroup>
          )
        })}
      </select>
      <ChevronDown className="pointer-events-none absolute top-2.5 right-3 size-4 text-muted-foreground" aria-hidden />
    </span>
  )
}
