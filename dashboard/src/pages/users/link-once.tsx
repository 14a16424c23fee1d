import { useTranslation } from 'react-i18next'
import { SecretField } from '../../ui/secret-field.tsx'

/** A link for somebody else, readable this one time. Where no public address is set, it is the one that this page was opened at. */
export function LinkOnce({ link, label, text }: { link: string; label: string; text: string }) {
  const { t } = useTranslation('users')
  return (
    <div className="space-y-4">
      <p className="text-sm">{text}</p>
      <SecretField value={new URL(link, location.origin).href} label={label} hint={t('linkOnce')} />
    </div>
  )
}
