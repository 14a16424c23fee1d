import { cva, type VariantProps } from 'class-variance-authority'
import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

const style = cva('flex items-start gap-2.5 rounded-md px-4 py-3 text-sm [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0', {
  variants: {
    tone: {
      neutral: 'bg-muted text-foreground',
      warning: 'bg-warning-soft text-warning',
      danger: 'bg-danger-soft text-danger',
    },
  },
  defaultVariants: { tone: 'neutral' },
})

const signs = { neutral: Info, warning: TriangleAlert, danger: CircleAlert } as const

/** Something that holds for what is below it, in a sentence. */
export function Notice({ tone = 'neutral', children }: { children: ReactNode } & VariantProps<typeof style>) {
  const Sign = signs[tone ?? 'neutral']
  return (
    <div className={style({ tone })}>
      <Sign aria-hidden />
      <div className="min-w-0">{children}</div>
    </div>
  )
}
