import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/index.ts'
import { useFormat } from '../format/index.ts'
import type { auth } from '../i18n/pt-br/auth.ts'
import { useErrorText } from '../ui/error-state.tsx'

/** What is wrong, by the field's name; '' is the form as a whole. */
export type FieldErrors = Readonly<Record<string, string>>

interface Known {
  text: keyof (typeof auth)['errors']
  /** Where it is put right. */
  field?: string
}

/** The gateway's log-in speaks English only: what people meet is said in their language. Capitals are better-auth's codes. */
const known: Readonly<Record<string, Known>> = {
  INVALID_EMAIL_OR_PASSWORD: { text: 'wrongPassword' },
  INVALID_PASSWORD: { text: 'wrongCurrentPassword', field: 'password' },
  INVALID_CODE: { text: 'wrongCode', field: 'code' },
  INVALID_BACKUP_CODE: { text: 'wrongBackupCode', field: 'code' },
  INVALID_TWO_FACTOR_COOKIE: { text: 'codeExpired' },
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: { text: 'codeExpired' },
  TOTP_NOT_ENABLED: { text: 'noTwoFactor' },
  TWO_FACTOR_NOT_ENABLED: { text: 'noTwoFactor' },
  BACKUP_CODES_NOT_ENABLED: { text: 'noTwoFactor' },
  INVALID_TOKEN: { text: 'linkVoid' },
  PASSWORD_TOO_SHORT: { text: 'passwordLength', field: 'newPassword' },
  PASSWORD_TOO_LONG: { text: 'passwordLength', field: 'newPassword' },
  USER_DISABLED: { text: 'disabled' },
  UNAUTHORIZED: { text: 'signedOut' },
  SESSION_EXPIRED: { text: 'signedOut' },
  not_found: { text: 'linkVoid' },
  origin_mismatch: { text: 'otherAddress' },
  ledger_unavailable: { text: 'noDatabase' },
}

const wrongField: Readonly<Record<string, Known['text']>> = {
  name: 'nameLength',
  email: 'email',
  code: 'wrongCode',
  token: 'linkVoid',
  password: 'passwordLength',
  newPassword: 'passwordLength',
  currentPassword: 'wrongCurrentPassword',
}

/** A refusal of `/api/auth`, in words, at the fields that it is about. `fields`: those that the form has. */
export function useAuthErrors(): (error: unknown, fields?: readonly string[]) => FieldErrors {
  const { t } = useTranslation('auth')
  const format = useFormat()
  const textOf = useErrorText()
  return (error, fields = []) => {
    if (!(error instanceof ApiError)) return { '': textOf(error) }
    if (error.status === 429) {
      const seconds = Number(error.details.retry_after_seconds ?? 60)
      return { '': t('errors.tooMany', { when: format.relative(new Date(Date.now() + seconds * 1_000).toISOString()) }) }
    }
    if (error.code === 'invalid_body') return wrongBody(error, fields, (key) => t(`errors.${key}`))
    const found = Object.hasOwn(known, error.code) ? known[error.code] : undefined
    if (!found) return { '': textOf(error) }
    return { [placeOf(found.field ?? '', fields)]: t(`errors.${found.text}`) }
  }
}

/** `problems` are `field: what is wrong`. Without them the body was right and its e-mail was not: no address, or one that has a user. */
function wrongBody(error: ApiError, fields: readonly string[], say: (key: Known['text']) => string): FieldErrors {
  const { problems } = error.details
  if (!Array.isArray(problems)) return fields.includes('email') ? { email: say('email') } : { '': say('emailTaken') }
  const wrong = problems.map((problem) => String(problem).split(':')[0] ?? '')
  return Object.fromEntries(wrong.map((field) => [placeOf(field, fields), say(wrongField[field] ?? 'notAccepted')]))
}

/** The API's names differ from the forms', where a password manager has to tell a new password from the old one. */
function placeOf(field: string, fields: readonly string[]): string {
  const names: Readonly<Record<string, string>> = { password: 'newPassword', currentPassword: 'password' }
  return [field, names[field]].find((name) => name !== undefined && fields.includes(name)) ?? ''
}
