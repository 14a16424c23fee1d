import { useTranslation } from 'react-i18next'
import { Checkbox } from '../ui/checkbox.tsx'
import { type AlertKind, kindsFor } from './channel.ts'

interface KindsFieldProps {
  chosen: readonly AlertKind[]
  onChange(chosen: readonly AlertKind[]): void
  isClients: boolean
  isWrong: boolean
}

/** Of which alerts a channel hears. */
export function KindsField({ chosen, onChange, isClients, isWrong }: KindsFieldProps) {
  const { t } = useTranslation(['notifications', 'alerts'])
  return (
    <fieldset className="min-w-0 space-y-2">
      <legend className="text-sm font-medium">{t('alertKinds')}</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {kindsFor(isClients).map((kind) => (
          // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is one
          <label key={kind} className="inline-flex items-center gap-2 text-sm">
            <Checkbox
              checked={chosen.includes(kind)}
              aria-invalid={isWrong || undefined}
              onCheckedChange={(isOn) => onChange(isOn === true ? [...chosen, kind] : chosen.filter((other) => other !== kind))}
            />
            {t(`alerts:kinds.${kind}`)}
          </label>
        ))}
      </div>
      <p aria-live="polite" className="text-sm text-danger">
        {isWrong && t('alertKindsMissing')}
      </p>
    </fieldset>
  )
}
