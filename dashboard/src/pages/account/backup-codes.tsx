import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'

/** Shown this one time. */
export function BackupCodes({ codes, onDone }: { codes: readonly string[]; onDone(): void }) {
  const { t } = useTranslation('account')
  return (
    <div className="space-y-4">
      <p className="text-sm">{t('twoFactor.backup')}</p>
      <ul className="grid grid-cols-2 gap-2 rounded-md bg-muted p-4 font-mono text-sm">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap justify-end gap-2">
        <CopyButton value={codes.join('\n')} label={t('twoFactor.copyBackup')} />
        <Button onClick={onDone}>{t('twoFactor.done')}</Button>
      </div>
    </div>
  )
}
