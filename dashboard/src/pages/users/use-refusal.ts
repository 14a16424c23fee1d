import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/index.ts'

/** What the gateway refuses for reasons that it names, in the reader's language; all else in the gateway's own words. */
export function useRefusal(): <Answer>(work: Promise<Answer>) => Promise<Answer> {
  const { t } = useTranslation('users')
  const words: Record<string, string> = { last_admin: t('refused.lastAdmin'), user_exists: t('refused.userExists') }
  return (work) =>
    work.catch((error: unknown) => {
      const text = error instanceof ApiError ? words[String(error.details.reason)] : undefined
      throw error instanceof ApiError && text !== undefined ? new ApiError(error.code, text, error.status, error.details) : error
    })
}
