import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

/** The place of what is still loading, in its size, so that nothing jumps. Silent: whoever shows several says once that it loads. */
export function Skeleton({ className, ...props }: ComponentProps<'span'>) {
  return <span aria-hidden className={cn('block animate-pulse rounded-md bg-muted', className)} {...props} />
}
