/** `by_hand`: nothing fails, and somebody should look: it cannot be known from here, is optional, was not tried yet, or may do harm. */
export type CheckStatus = 'pass' | 'fail' | 'by_hand'

export interface CheckResult {
  status: CheckStatus
  /** What was found, in one line. */
  detail: string
  /** What to do about it. */
  fix?: string
}

/** One line of the guide's checklist, or one of ours (without a number). */
export interface Check extends CheckResult {
  number: number | undefined
  name: string
}

export const pass = (detail: string): CheckResult => ({ status: 'pass', detail })
export const fail = (detail: string, fix: string): CheckResult => ({ status: 'fail', detail, fix })
export const byHand = (detail: string, fix?: string): CheckResult => ({ status: 'by_hand', detail, ...(fix !== undefined && { fix }) })
