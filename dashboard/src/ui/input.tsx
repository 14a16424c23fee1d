import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

/** Shared by whatever one types or chooses in. 16 px on phones, so that iOS does not zoom in. */
export const fieldStyle =
  'w-full min-w-0 rounded-md border border-input bg-card px-3 text-base text-foreground placeholder:text-muted-foreground disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-danger md:text-sm'

export function Input({ className, ...props }: ComponentProps<'input'>) {
  return <input className={cn(fieldStyle, 'h-9', className)} {...props} />
}

export function Textarea({ className, ...props }: ComponentProps<'textarea'>) {
  return <textarea className={cn(fieldStyle, 'min-h-20 py-2', className)} {...props} />
}
