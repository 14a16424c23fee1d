import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { buttonStyle } from './button.tsx'
import { cn } from './cn.ts'
import { useReturnFocus } from './use-return-focus.ts'

/** As high as what stands on it: a question that a dialog asks covers that dialog too. */
export const overlayStyle = 'fixed inset-0 z-50 bg-black/50 data-[state=open]:animate-in data-[state=open]:fade-in-0'

export interface DialogProps {
  isOpen: boolean
  onOpenChange(isOpen: boolean): void
  title: ReactNode
  /** One sentence below the title; a screen reader reads it first. */
  description?: ReactNode
  children: ReactNode
  /** Buttons: the harmless one first. */
  footer?: ReactNode
  size?: 'md' | 'lg'
  /** Cannot be put aside, and hides what it stands on. */
  isWall?: boolean
}

/** A question or a form above the page. `<Dialog isOpen={…} onOpenChange={…} title="…" footer={…}>` */
export function Dialog({ isOpen, onOpenChange, title, description, children, footer, size = 'md', isWall = false }: DialogProps) {
  const returnFocus = useReturnFocus()
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={cn(overlayStyle, isWall && 'bg-background')} />
        <Radix.Content
          {...returnFocus}
          {...(description === undefined && { 'aria-describedby': undefined })}
          className={cn(
            'fixed top-1/2 left-1/2 z-50 flex max-h-[92dvh] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-lg border bg-popover shadow-xl data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-98',
            size === 'lg' ? 'max-w-2xl' : 'max-w-lg',
          )}
        >
          <header className="space-y-1.5 px-6 pt-6 pr-14">
            <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
            {description !== undefined && <Radix.Description className="text-sm text-muted-foreground">{description}</Radix.Description>}
          </header>
          <div className="my-3 min-h-0 overflow-y-auto px-6 py-1">{children}</div>
          {footer !== undefined && (
            <footer className="flex flex-col-reverse gap-2 px-6 pt-3 pb-6 sm:flex-row sm:justify-end">{footer}</footer>
          )}
          {!isWall && <CloseButton />}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** The cross in the corner, of dialogs and sheets. */
export function CloseButton() {
  const { t } = useTranslation()
  return (
    <Radix.Close className={cn(buttonStyle({ variant: 'ghost', size: 'icon' }), 'absolute top-3 right-3')} aria-label={t('actions.close')}>
      <X aria-hidden />
    </Radix.Close>
  )
}
