import { CircleAlert } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { cn } from './cn.ts'
import { Label } from './label.tsx'

export interface FieldControl {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

export interface FormFieldProps {
  label: ReactNode
  hint?: ReactNode
  /** What is wrong and how to put it right; announced when it appears. */
  error?: string | undefined
  isOptional?: boolean
  className?: string
  /** Gets what ties the control to its label, hint and error. */
  children(control: FieldControl): ReactNode
}

/** `<FormField label={t('name')} error={errors.name?.message}>{(control) => <Input {...control} {...register('name')} />}</FormField>` */
export function FormField({ label, hint, error, isOptional = false, className, children }: FormFieldProps) {
  const { t } = useTranslation()
  const id = useId()
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={cn('flex min-w-0 flex-col gap-1.5', className)}>
      <Label htmlFor={id}>
        {label}
        {isOptional && <span className="font-normal text-muted-foreground"> ({t('form.optional')})</span>}
      </Label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error === undefined ? undefined : true })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-sm text-muted-foreground">
          {hint}
        </p>
      )}
      {/* Always there, so that what appears in it is announced. */}
      <div id={`${id}-error`} aria-live="polite" className="text-sm text-danger empty:-mt-1.5">
        {error !== undefined && (
          <p className="flex items-start gap-1.5">
            <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
            {error}
          </p>
        )}
      </div>
    </div>
  )
}
