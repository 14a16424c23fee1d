import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'

interface Webhook {
  webhook_url: string | null
  webhook_path: string
}

/** The address that Meta calls: the public one, or where none is set the one that this page was opened at. To be pasted at Meta. */
export function CallbackUrl({ of: { webhook_url: url, webhook_path: path } }: { of: Webhook }) {
  const { t } = useTranslation('whatsapp')
  const shown = url ?? new URL(path, location.origin).href
  return (
    <section className="space-y-2">
      <h3 className="text-sm font-medium">{t('connected.url')}</h3>
      <div className="flex gap-2">
        <Input
          readOnly
          value={shown}
          aria-label={t('connected.url')}
          className="font-mono text-sm"
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton value={shown} />
      </div>
      {!shown.startsWith('https://') && <Notice tone="warning">{t('connected.notPublic')}</Notice>}
    </section>
  )
}
