import { AlertDialog as Radix } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import { overlayStyle } from './dialog.tsx'
import { ErrorNote } from './error-state.tsx'
import { useReturnFocus } from './use-return-focus.ts'

export interface ConfirmDialogProps {
  /** The button that asks. Left out where `isOpen` says when to ask, from a menu for example. */
  trigger?: ReactNode
  isOpen?: boolean
  onOpenChange?(isOpen: boolean): void
  title: string
  /** What will be gone, and whether it can come back. */
  description: ReactNode
  /** The act itself, as a verb: "Revogar chave". */
  action: string
  isDanger?: boolean
  /** Stays open while it runs; a refusal is shown inside. */
  onConfirm(): Promise<unknown>
}

/** Asks once, before what cannot be undone. The focus is on "cancel". */
export function ConfirmDialog({
  trigger,
  isOpen,
  onOpenChange,
  title,
  description,
  action,
  isDanger = true,
  onConfirm,
}: ConfirmDialogProps) {
  const { t } = useTranslation()
  const returnFocus = useReturnFocus()
  const [ownOpen, setOwnOpen] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const setOpen = (open: boolean) => {
    setError(undefined)
    setOwnOpen(open)
    onOpenChange?.(open)
  }
  const confirm = async () => {
    setBusy(true)
    try {
      await onConfirm()
      setOpen(false)
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Radix.Root open={isOpen ?? ownOpen} onOpenChange={setOpen}>
      {trigger !== undefined && <Radix.Trigger asChild>{trigger}</Radix.Trigger>}
      <Radix.Portal>
        <Radix.Overlay className={overlayStyle} />
        <Radix.Content
          {...returnFocus}
          className="fixed top-1/2 left-1/2 z-50 w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 space-y-4 rounded-lg border bg-popover p-6 shadow-xl"
        >
          <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
          <Radix.Description asChild>
            <div className="text-sm text-muted-foreground">{description}</div>
          </Radix.Description>
          {error !== undefined && <ErrorNote error={error} />}
          <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
            <Radix.Cancel asChild>
              <Button variant="secondary">{t('actions.cancel')}</Button>
            </Radix.Cancel>
            <Button variant={isDanger ? 'danger' : 'primary'} isBusy={isBusy} onClick={confirm}>
              {action}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
