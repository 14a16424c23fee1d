import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cn } from './cn.ts'
import { CloseButton, overlayStyle } from './dialog.tsx'
import { useReturnFocus } from './use-return-focus.ts'

export interface SheetProps {
  isOpen: boolean
  onOpenChange(isOpen: boolean): void
  title: string
  /** Left for navigation, right for details of what was clicked. */
  side?: 'left' | 'right'
  children: ReactNode
}

export function Sheet({ isOpen, onOpenChange, title, side = 'right', children }: SheetProps) {
  const returnFocus = useReturnFocus()
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={overlayStyle} />
        <Radix.Content
          {...returnFocus}
          aria-describedby={undefined}
          className={cn(
            'fixed inset-y-0 z-50 flex w-full flex-col bg-popover shadow-xl data-[state=open]:animate-in data-[state=open]:duration-200',
            side === 'left'
              ? 'left-0 max-w-72 border-r data-[state=open]:slide-in-from-left'
              : 'right-0 max-w-xl border-l data-[state=open]:slide-in-from-right',
          )}
        >
          <Radix.Title className="px-6 pt-5 pr-14 pb-3 text-lg font-semibold">{title}</Radix.Title>
          <div className="min-h-0 flex-1 overflow-y-auto px-6 pb-6">{children}</div>
          <CloseButton />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
