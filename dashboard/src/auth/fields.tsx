import { useTranslation } from 'react-i18next'
import { FormField } from '../ui/form-field.tsx'
import { Input } from '../ui/input.tsx'
import { SecretInput } from '../ui/secret-field.tsx'

export function EmailField({ defaultValue }: { defaultValue?: string }) {
  const { t } = useTranslation('auth')
  return (
    <FormField label={t('email')}>
      {(control) => <Input {...control} type="email" name="email" autoComplete="username" required defaultValue={defaultValue} />}
    </FormField>
  )
}

export function NameField() {
  const { t } = useTranslation('auth')
  return (
    <FormField label={t('name')}>{(control) => <Input {...control} name="name" autoComplete="name" required maxLength={100} />}</FormField>
  )
}

export function NewPasswordField({ label }: { label?: string }) {
  const { t } = useTranslation('auth')
  return (
    <FormField label={label ?? t('password')} hint={t('passwordHint')}>
      {(control) => <SecretInput {...control} name="newPassword" autoComplete="new-password" required minLength={12} maxLength={128} />}
    </FormField>
  )
}

export function CurrentPasswordField({ label }: { label?: string }) {
  const { t } = useTranslation('auth')
  return (
    <FormField label={label ?? t('password')}>
      {(control) => <SecretInput {...control} name="password" autoComplete="current-password" required />}
    </FormField>
  )
}
