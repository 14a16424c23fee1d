import { useTranslation } from 'react-i18next'
import type { ApiType } from '../../api/index.ts'

export const kinds = ['chat', 'embeddings', 'transcription', 'speech', 'image', 'moderation'] as const satisfies readonly ApiType[]

/** A kind of call in words; one that is not known stays as it is. */
export function useKindText(): (kind: string) => string {
  const { t } = useTranslation('portalUsage')
  return (kind) => {
    const known = kinds.find((one) => one === kind)
    return known === undefined ? kind : t(`kind.${known}`)
  }
}
