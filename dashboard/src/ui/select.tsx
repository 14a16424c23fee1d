import { Check, ChevronDown } from 'lucide-react'
import { Select as Radix } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'
import { fieldStyle } from './input.tsx'

export interface SelectOption {
  value: string
  label: string
  isDisabled?: boolean
}

export interface SelectProps extends Omit<ComponentProps<typeof Radix.Trigger>, 'value' | 'onChange' | 'children'> {
  options: readonly SelectOption[]
  value: string
  onValueChange(value: string): void
  placeholder?: string
}

/** Radix keeps the empty value for "nothing chosen"; a choice of "all" needs a stand-in. */
const none = '\u0000'

export function Select({ options, value, onValueChange, placeholder, className, disabled, ...trigger }: SelectProps) {
  const hasEmpty = options.some((option) => option.value === '')
  return (
    <Radix.Root
      value={value === '' && hasEmpty ? none : value}
      onValueChange={(chosen) => onValueChange(chosen === none ? '' : chosen)}
      {...(disabled !== undefined && { disabled })}
    >
      <Radix.Trigger
        className={cn(
          fieldStyle,
          'inline-flex h-9 items-center justify-between gap-2 text-left data-placeholder:text-muted-foreground',
          className,
        )}
        {...trigger}
      >
        <span className="truncate">
          <Radix.Value placeholder={placeholder} />
        </span>
        <ChevronDown className="size-4 shrink-0 text-muted-foreground" aria-hidden />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-72 min-w-(--radix-select-trigger-width) overflow-hidden rounded-md border bg-popover text-foreground shadow-lg"
        >
          <Radix.Viewport className="p-1">
            {options.map((option) => (
              <SelectItem key={option.value} {...option} value={option.value === '' ? none : option.value} />
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function SelectItem({ value, label, isDisabled = false }: SelectOption) {
  return (
    <Radix.Item
      value={value}
      disabled={isDisabled}
      className="relative flex cursor-default items-center rounded-sm py-1.5 pr-8 pl-2 text-sm outline-none data-disabled:opacity-50 data-highlighted:bg-muted"
    >
      <Radix.ItemText>{label}</Radix.ItemText>
      <Radix.ItemIndicator className="absolute right-2">
        <Check className="size-4" aria-hidden />
      </Radix.ItemIndicator>
    </Radix.Item>
  )
}
