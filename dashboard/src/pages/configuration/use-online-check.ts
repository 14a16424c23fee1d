import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type ApiError, api } from '../../api/index.ts'
import { toast } from '../../ui/toast.tsx'
import type { Setup, Slot } from './steps.ts'

export interface OnlineCheck {
  ask(): void
  /** Another key was stored. */
  forget(): void
  isBusy: boolean
  /** Undefined: not asked yet. */
  resultOf(slot: Slot): { isGood: boolean; problem: string } | undefined
}

/** Asks every provider whether its stored key is good; it costs nothing. */
export function useOnlineCheck(): OnlineCheck {
  const { t } = useTranslation('configuration')
  const check = useMutation<Setup, ApiError>({
    mutationFn: () => api.get<Setup>('/api/admin/setup', { online: true }),
    onError: () => void toast.error(t('key.askFailed')),
  })
  return {
    ask: () => check.mutate(),
    forget: check.reset,
    isBusy: check.isPending,
    resultOf(slot) {
      const asked = check.data?.keys.find((key) => key.slot === slot)
      if (!asked?.is_stored) return undefined
      return { isGood: asked.problem === null, problem: asked.problem ?? '' }
    },
  }
}
