import { Toaster as Sonner } from 'sonner'
import { useTheme } from '../theme/theme.ts'

export { toast } from 'sonner'

/** Once, in the application. `toast.success(t('saved'))` says that something worked; what failed is said where it failed. */
export function Toaster() {
  const { isDark } = useTheme()
  return (
    <Sonner
      theme={isDark ? 'dark' : 'light'}
      position="bottom-right"
      toastOptions={{ classNames: { toast: '!bg-popover !text-foreground !border-border !rounded-md !shadow-lg' } }}
    />
  )
}
