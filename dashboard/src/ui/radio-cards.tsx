import { RadioGroup as Radix } from 'radix-ui'
import { useId } from 'react'

export interface RadioCardsProps<Value extends string> {
  label: string
  value: Value
  onValueChange(value: Value): void
  options: readonly { value: Value; label: string; text: string }[]
}

/** One of few, where each needs a sentence. */
export function RadioCards<Value extends string>({ label, value, onValueChange, options }: RadioCardsProps<Value>) {
  const id = useId()
  return (
    <fieldset className="min-w-0 space-y-1.5">
      <legend className="text-sm font-medium">{label}</legend>
      <Radix.Root aria-label={label} value={value} onValueChange={(chosen) => onValueChange(chosen as Value)} className="grid gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            htmlFor={`${id}-${option.value}`}
            className="flex cursor-pointer items-start gap-3 rounded-md border px-3 py-2.5 has-data-[state=checked]:border-primary has-data-[state=checked]:bg-primary-soft/50"
          >
            <Radix.Item
              id={`${id}-${option.value}`}
              value={option.value}
              aria-label={option.label}
              aria-describedby={`${id}-${option.value}-text`}
              className="mt-0.5 grid size-4.5 shrink-0 place-items-center rounded-full border border-input bg-card data-[state=checked]:border-primary"
            >
              <Radix.Indicator className="size-2.5 rounded-full bg-primary" />
            </Radix.Item>
            <span className="min-w-0 text-sm">
              <span className="block font-medium">{option.label}</span>
              <span id={`${id}-${option.value}-text`} className="block text-muted-foreground">
                {option.text}
              </span>
            </span>
          </label>
        ))}
      </Radix.Root>
    </fieldset>
  )
}
