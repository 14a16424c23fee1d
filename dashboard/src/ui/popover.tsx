import { Popover as Radix } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

export const Popover = Radix.Root
export const PopoverTrigger = Radix.Trigger
export const PopoverClose = Radix.Close

export function PopoverContent({ className, ...props }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        sideOffset={6}
        collisionPadding={12}
        className={cn('z-50 w-72 max-w-[calc(100vw-1.5rem)] rounded-md border bg-popover p-4 text-sm text-foreground shadow-lg', className)}
        {...props}
      />
    </Radix.Portal>
  )
}
