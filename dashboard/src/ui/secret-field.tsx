import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'
import { Input } from './input.tsx'

/** A new key or link, readable this one time. `hint`: other words below it than a key's. */
export function SecretField({ value, label, hint }: { value: string; label: string; hint?: string }) {
  const { t } = useTranslation()
  return (
    <div className="space-y-2">
      <div className="flex gap-2">
        <Input readOnly value={value} aria-label={label} className="font-mono text-sm" onFocus={(event) => event.currentTarget.select()} />
        <CopyButton value={value} />
      </div>
      <p className="text-sm text-muted-foreground">{hint ?? t('secret.once')}</p>
    </div>
  )
}

/** For typing a password or key: hidden unless one asks to see it. */
export function SecretInput(props: Omit<ComponentProps<'input'>, 'type'>) {
  const { t } = useTranslation()
  const [isShown, setShown] = useState(false)
  const Sign = isShown ? EyeOff : Eye
  return (
    <div className="relative">
      <Input {...props} type={isShown ? 'text' : 'password'} className="pr-10" spellCheck={false} autoCapitalize="none" />
      <Button
        variant="ghost"
        size="icon"
        className="absolute inset-y-0 right-0"
        aria-label={isShown ? t('actions.hide') : t('actions.show')}
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
      >
        <Sign aria-hidden />
      </Button>
    </div>
  )
}
