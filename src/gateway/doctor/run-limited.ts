import { NoAnswerError, withTimeout } from '../../shared/with-timeout.ts'
import { byHand, type Check } from './check.ts'
import type { DoctorPlace, OwnCheck } from './own-check.ts'

/** Runs them side by side. One that takes longer than its limit, or breaks, says so instead of its results; the others are not held up. */
export async function runLimited(checks: readonly OwnCheck[], place: DoctorPlace): Promise<Check[]> {
  const groups = await Promise.all(
    checks.map(async ({ name, whenSilent, run }) => {
      try {
        return await withTimeout(run(place), place.limitMs)
      } catch (error) {
        return [[name, byHand(describe(error, place.limitMs), whenSilent)] as const]
      }
    }),
  )
  return groups.flat().map(([name, result]) => ({ number: undefined, name, ...result }))
}

function describe(error: unknown, limitMs: number): string {
  if (error instanceof NoAnswerError) return `no answer within ${limitMs / 1000} s: not checked`
  return `not checked: ${error instanceof Error ? error.message : String(error)}`
}
