import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, type ButtonProps } from './button.tsx'
import { toast } from './toast.tsx'

export interface CopyButtonProps extends Omit<ButtonProps, 'value' | 'children'> {
  value: string
  /** What is copied, where the button has only its sign: "Copiar chave". */
  label?: string
}

export function CopyButton({ value, label, variant = 'secondary', size = 'md', ...props }: CopyButtonProps) {
  const { t } = useTranslation()
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), 2_000)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
      setCopied(true)
    } catch {
      // Browsers refuse on a page without https.
      toast.error(t('actions.copyFailed'))
    }
  }
  const Sign = isCopied ? Check : Copy
  const words = isCopied ? t('actions.copied') : (label ?? t('actions.copy'))
  return (
    <Button variant={variant} size={size} onClick={copy} {...(size === 'icon' && { 'aria-label': words })} {...props}>
      <Sign aria-hidden />
      {size !== 'icon' && <span aria-live="polite">{words}</span>}
    </Button>
  )
}
