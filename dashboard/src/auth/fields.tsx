import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type FieldControl, FormField } from '../ui/form-field.tsx'
import { Input } from '../ui/input.tsx'
import { SecretInput } from '../ui/secret-field.tsx'
import { useFieldError } from './auth-form.tsx'

/** As the gateway asks for: docs/accounts.md. Longer than 128 is refused there, not cut off here. */
const shortestPassword = 12

interface AuthFieldProps {
  name: string
  label: string
  hint?: string
  children(control: FieldControl & { name: string; required: true }): ReactNode
}

function AuthField({ name, label, hint, children }: AuthFieldProps) {
  return (
    <FormField label={label} hint={hint} error={useFieldError(name)}>
      {(control) => children({ ...control, name, required: true })}
    </FormField>
  )
}

/** `value` is one that cannot be another, `defaultValue` one to begin with. */
export function EmailField({ value, defaultValue }: { value?: string; defaultValue?: string }) {
  const { t } = useTranslation('auth')
  return (
    <AuthField name="email" label={t('email')}>
      {(control) => (
        <Input
          {...control}
          type="email"
          autoComplete="username"
          maxLength={200}
          {...(defaultValue !== undefined && { defaultValue })}
          {...(value !== undefined && { value, readOnly: true, className: 'bg-muted' })}
        />
      )}
    </AuthField>
  )
}

export function NameField({ defaultValue }: { defaultValue?: string }) {
  const { t } = useTranslation('auth')
  return (
    <AuthField name="name" label={t('name')}>
      {(control) => <Input {...control} autoComplete="name" maxLength={200} defaultValue={defaultValue} />}
    </AuthField>
  )
}

export function NewPasswordField({ label }: { label?: string }) {
  const { t } = useTranslation('auth')
  return (
    <AuthField name="newPassword" label={label ?? t('password')} hint={t('passwordHint')}>
      {(control) => <SecretInput {...control} autoComplete="new-password" minLength={shortestPassword} />}
    </AuthField>
  )
}

export function CurrentPasswordField({ label }: { label?: string }) {
  const { t } = useTranslation('auth')
  return (
    <AuthField name="password" label={label ?? t('password')}>
      {(control) => <SecretInput {...control} autoComplete="current-password" />}
    </AuthField>
  )
}

/** Of the authenticator app; `isBackup`: one of those kept for when it is lost. */
export function CodeField({ label, isBackup = false }: { label: string; isBackup?: boolean }) {
  return (
    <AuthField name="code" label={label}>
      {(control) => (
        <Input
          {...control}
          autoComplete={isBackup ? 'off' : 'one-time-code'}
          inputMode={isBackup ? 'text' : 'numeric'}
          spellCheck={false}
          autoCapitalize="none"
          {...(!isBackup && { pattern: '\\s*[0-9]{3}\\s*[0-9]{3}\\s*' })}
          className="h-11 font-mono tracking-widest"
        />
      )}
    </AuthField>
  )
}
