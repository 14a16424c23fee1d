import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

/** A plain table for a few rows known already. Lists of the gateway's use `DataTable`. Wider than the page, it scrolls by itself. */
export function Table({ className, label, ...props }: ComponentProps<'table'> & { label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by keyboard
    <section className="relative overflow-x-auto" aria-label={label} tabIndex={0}>
      <table className={cn('w-full text-sm', className)} {...props} />
    </section>
  )
}

export function TableHead({ className, ...props }: ComponentProps<'th'>) {
  return <th scope="col" className={cn('border-b px-3 py-2 text-left font-medium text-muted-foreground', className)} {...props} />
}

export function TableCell({ className, ...props }: ComponentProps<'td'>) {
  return <td className={cn('border-b px-3 py-2.5 align-middle', className)} {...props} />
}
