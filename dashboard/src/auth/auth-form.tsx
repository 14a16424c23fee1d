import { CircleAlert } from 'lucide-react'
import { createContext, type FormEvent, type ReactNode, useContext, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'
import { type FieldErrors, useAuthErrors } from './auth-errors.ts'
import { checkFields, inputsOf } from './check-fields.ts'

export interface AuthFormProps {
  submit: string
  /** One part of a page among others: the button is no wider than its words. */
  isPart?: boolean
  /** Gets the fields by their names. A rejection is shown at the field that it is about, or above the button. */
  onSubmit(values: Record<string, string>): Promise<void>
  children: ReactNode
}

const Errors = createContext<FieldErrors>({})

/** What is wrong with this field of the form around it. */
export function useFieldError(name: string): string | undefined {
  return useContext(Errors)[name]
}

/** A form of one task, checked by the gateway's rules before it is sent and by the gateway after. */
export function AuthForm({ submit, isPart = false, onSubmit, children }: AuthFormProps) {
  const { t } = useTranslation('auth')
  const errorsOf = useAuthErrors()
  const [errors, setErrors] = useState<FieldErrors>({})
  const [isBusy, setBusy] = useState(false)
  const show = (form: HTMLFormElement, wrong: FieldErrors) => {
    setErrors(wrong)
    inputsOf(form)
      .find(({ name }) => Object.hasOwn(wrong, name))
      ?.focus()
  }
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const problems = Object.entries(checkFields(form)).map(([name, problem]) => [name, t(`errors.${problem}`)])
    if (problems.length > 0) return show(form, Object.fromEntries(problems))
    setBusy(true)
    setErrors({})
    try {
      await onSubmit(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])))
    } catch (thrown) {
      const names = inputsOf(form).map(({ name }) => name)
      show(form, errorsOf(thrown, names))
    } finally {
      setBusy(false)
    }
  }
  /** What is being put right is no longer told off. */
  const forget = (event: FormEvent<HTMLFormElement>) => {
    const { name } = event.target as HTMLInputElement
    if (errors[name] === undefined) return
    setErrors(Object.fromEntries(Object.entries(errors).filter(([field]) => field !== name)))
  }
  return (
    <form noValidate onSubmit={send} onInput={forget} className="space-y-4">
      <Errors value={errors}>{children}</Errors>
      {errors[''] !== undefined && (
        <p role="alert" className="flex items-start gap-2 rounded-md bg-danger-soft px-3 py-2.5 text-sm text-danger">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span className="min-w-0 break-words">{errors['']}</span>
        </p>
      )}
      <Button type="submit" size={isPart ? 'md' : 'lg'} className={isPart ? 'w-full sm:w-auto' : 'w-full'} isBusy={isBusy}>
        {submit}
      </Button>
    </form>
  )
}
