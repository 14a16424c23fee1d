import type { Tone } from '../ui/badge.tsx'

export const callStatuses = ['ok', 'error', 'cancelled', 'estimated', 'orphaned', 'released'] as const

export const callStatusTones: Record<string, Tone> = {
  ok: 'success',
  error: 'danger',
  cancelled: 'neutral',
  estimated: 'warning',
  orphaned: 'warning',
  released: 'neutral',
}
