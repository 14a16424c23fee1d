import { CalendarDays } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type DateRange, type DateRangePreset, presets, rangeOf } from '../format/date-range.ts'
import { useFormat } from '../format/index.ts'
import { Button } from './button.tsx'
import { FormField } from './form-field.tsx'
import { Input } from './input.tsx'
import { Popover, PopoverClose, PopoverContent, PopoverTrigger } from './popover.tsx'

export interface DateRangePickerProps {
  value: DateRange
  onChange(value: DateRange): void
  /** IANA; what "today" means. Default: the page's. */
  zone?: string
}

/** Days from and to, both included. `useDateRangeInUrl` keeps them in the address. */
export function DateRangePicker({ value, onChange, zone }: DateRangePickerProps) {
  const { t } = useTranslation()
  const format = useFormat(zone)
  const text =
    value.preset === 'custom'
      ? `${dayText(format.language, value.from)} – ${dayText(format.language, value.to)}`
      : t(`dates.${value.preset}`)
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="secondary" aria-label={`${t('dates.label')}: ${text}`}>
          <CalendarDays aria-hidden />
          {text}
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label={t('dates.label')} className="space-y-4">
        <div className="grid grid-cols-2 gap-2">
          {presets.map((preset) => (
            <PopoverClose key={preset} asChild>
              <Button
                size="sm"
                variant={preset === value.preset ? 'primary' : 'secondary'}
                aria-pressed={preset === value.preset}
                onClick={() => onChange(rangeOf(preset, format.zone))}
              >
                {t(`dates.${preset}`)}
              </Button>
            </PopoverClose>
          ))}
        </div>
        <CustomDates key={`${value.from} ${value.to}`} value={value} onChange={onChange} />
      </PopoverContent>
    </Popover>
  )
}

function CustomDates({ value, onChange }: Pick<DateRangePickerProps, 'value' | 'onChange'>) {
  const { t } = useTranslation()
  const [from, setFrom] = useState(value.from)
  const [to, setTo] = useState(value.to)
  const isWrong = from > to
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isWrong && from !== '' && to !== '') onChange({ preset: 'custom', from, to })
  }
  return (
    <form onSubmit={submit} className="space-y-3 border-t pt-4">
      <p className="text-sm font-medium">{t('dates.custom')}</p>
      <FormField label={t('dates.from')}>
        {(control) => <Input {...control} type="date" required value={from} onChange={(event) => setFrom(event.target.value)} />}
      </FormField>
      <FormField label={t('dates.to')} error={isWrong ? t('dates.order') : undefined}>
        {(control) => <Input {...control} type="date" required value={to} onChange={(event) => setTo(event.target.value)} />}
      </FormField>
      <Button type="submit" size="sm" className="w-full" disabled={isWrong}>
        {t('dates.apply')}
      </Button>
    </form>
  )
}

/** A day is no moment: it has no zone to be moved by. */
function dayText(language: string, day: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
}

export type { DateRange, DateRangePreset }
