import { CircleAlert } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { useAuthErrorText } from './use-auth-error.ts'

export interface AuthFormProps {
  submit: string
  /** One part of a page among others: the button is no wider than its words. */
  isPart?: boolean
  /** Gets the fields by their names. A rejection is shown above the button. */
  onSubmit(values: Record<string, string>): Promise<void>
  children: ReactNode
}

/** A form of one task: the browser checks its fields, the gateway the rest. */
export function AuthForm({ submit, isPart = false, onSubmit, children }: AuthFormProps) {
  const textOf = useAuthErrorText()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const values = Object.fromEntries([...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]))
    setBusy(true)
    setError(undefined)
    try {
      await onSubmit(values)
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form onSubmit={send} className="space-y-4">
      {children}
      {error !== undefined && (
        <p role="alert" className="flex items-start gap-2 rounded-md bg-danger-soft px-3 py-2.5 text-sm text-danger">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          {textOf(error)}
        </p>
      )}
      <Button type="submit" size={isPart ? 'md' : 'lg'} className={isPart ? 'w-full sm:w-auto' : 'w-full'} isBusy={isBusy}>
        {submit}
      </Button>
    </form>
  )
}
