import type { Answer } from '../../api/index.ts'

type Checks = Answer<'GET /setup'>['checks']

/** The guide's boxes, counted as the page of the configuration counts them: what cannot be seen or is optional is not ready, and nothing amiss either. */
export function countBoxes(checks: Checks): { done: number; all: number; isAmiss: boolean } {
  const boxes = checks.filter(({ number }) => number !== null)
  const count = (wanted: Checks[number]['status']) => boxes.filter(({ status }) => status === wanted).length
  return { done: count('pass'), all: boxes.length, isAmiss: count('fail') > 0 }
}
