import { Tabs as Radix } from 'radix-ui'
import type { ComponentProps } from 'react'
import { useSearchParams } from 'react-router'
import { cn } from './cn.ts'

export const Tabs = Radix.Root

/** Which tab is open, in the address: it survives a reload and can be sent. `<Tabs {...useTabInUrl('budgets')}>` */
export function useTabInUrl(first: string, name = 'tab'): { value: string; onValueChange(value: string): void } {
  const [params, setParams] = useSearchParams()
  return {
    value: params.get(name) ?? first,
    onValueChange: (value) =>
      setParams((current) => {
        // What another tab's table had filtered is no concern of this one.
        const next = new URLSearchParams()
        if (value !== first) next.set(name, value)
        return current.get(name) === value ? current : next
      }),
  }
}

export function TabsList({ className, ...props }: ComponentProps<typeof Radix.List>) {
  return <Radix.List className={cn('flex gap-1 overflow-x-auto border-b', className)} {...props} />
}

export function TabsTrigger({ className, ...props }: ComponentProps<typeof Radix.Trigger>) {
  return (
    <Radix.Trigger
      className={cn(
        '-mb-px border-b-2 border-transparent px-3 py-2 text-sm font-medium whitespace-nowrap text-muted-foreground -outline-offset-2 hover:text-foreground data-[state=active]:border-primary data-[state=active]:text-foreground',
        className,
      )}
      {...props}
    />
  )
}

export function TabsContent({ className, ...props }: ComponentProps<typeof Radix.Content>) {
  return <Radix.Content className={cn('pt-6', className)} {...props} />
}
