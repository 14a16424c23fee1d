import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/index.ts'
import { useErrorText } from '../ui/error-state.tsx'

/** better-auth speaks English only: what people meet every day is said in their language. */
const known = {
  INVALID_EMAIL_OR_PASSWORD: 'wrongPassword',
  INVALID_PASSWORD: 'wrongCurrentPassword',
  INVALID_CODE: 'wrongCode',
  INVALID_BACKUP_CODE: 'wrongCode',
  INVALID_TWO_FACTOR_COOKIE: 'codeExpired',
  INVALID_TOKEN: 'linkExpired',
  PASSWORD_TOO_SHORT: 'passwordShort',
  PASSWORD_TOO_LONG: 'passwordLong',
} as const

export function useAuthErrorText(): (error: unknown) => string {
  const { t } = useTranslation('auth')
  const textOf = useErrorText()
  return (error) => {
    if (!(error instanceof ApiError)) return textOf(error)
    if (error.status === 429) return t('errors.tooMany')
    const key = Object.hasOwn(known, error.code) ? known[error.code as keyof typeof known] : undefined
    return key === undefined ? textOf(error) : t(`errors.${key}`)
  }
}
