import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import { Dialog, type DialogProps } from './dialog.tsx'
import { ErrorNote } from './error-state.tsx'

export interface FormDialogProps extends Omit<DialogProps, 'children' | 'footer'> {
  /** The act, as a verb: "Criar cliente". */
  submit: string
  /** False: a field is wrong and says so. Else the dialog closes; a rejection is shown inside it. */
  onSubmit(): Promise<unknown>
  children: ReactNode
}

/** A form above the page. Its fields exist only while it is open, so that each opening begins anew. */
export function FormDialog({ submit, onSubmit, children, ...dialog }: FormDialogProps) {
  const { t } = useTranslation()
  const id = useId()
  const form = useRef<HTMLFormElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const setOpen = (isOpen: boolean) => {
    setError(undefined)
    dialog.onOpenChange(isOpen)
  }
  const send = async (event: FormEvent) => {
    event.preventDefault()
    // A dialog stands inside of its page's tree: its form is not also one around it.
    event.stopPropagation()
    setBusy(true)
    setError(undefined)
    try {
      if ((await onSubmit()) !== false) setOpen(false)
      // Once the field has been marked.
      else requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      {...dialog}
      onOpenChange={setOpen}
      footer={
        <>
          <Button variant="secondary" onClick={() => setOpen(false)}>
            {t('actions.cancel')}
          </Button>
          <Button type="submit" form={id} isBusy={isBusy}>
            {submit}
          </Button>
        </>
      }
    >
      <form ref={form} id={id} onSubmit={send} noValidate className="space-y-4">
        {children}
        {error !== undefined && <ErrorNote error={error} />}
      </form>
    </Dialog>
  )
}
