import type { Answer } from '../../api/index.ts'

export type Setup = Answer<'GET /setup'>
export type Slot = Setup['keys'][number]['slot']
export type BoxNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17
/** `later`: the demo works without it. `optional`: nothing is missing without it. */
export type BoxState = 'done' | 'todo' | 'failed' | 'optional' | 'later'
export type StepState = 'done' | 'open' | 'later'

/** The guide's steps, each with its boxes. */
export const steps = [
  { id: 'vercel', boxes: [1, 2] },
  { id: 'providers', boxes: [3, 4, 5, 6] },
  { id: 'flag', boxes: [7, 8] },
  { id: 'vault', boxes: [9, 10] },
  { id: 'config', boxes: [11] },
  { id: 'client', boxes: [12, 13, 14] },
  { id: 'test', boxes: [15, 16, 17] },
] as const satisfies readonly { id: string; boxes: readonly BoxNumber[] }[]

export type StepId = (typeof steps)[number]['id']

const ofKeys: ReadonlySet<BoxNumber> = new Set<BoxNumber>([1, 2, 3, 4, 5, 6, 9, 10, 11])
const optional: ReadonlySet<BoxNumber> = new Set<BoxNumber>([5, 6, 8, 9, 11])
const slots: Partial<Record<BoxNumber, Slot>> = { 2: 'gateway', 3: 'openai', 4: 'groq', 5: 'anthropic', 6: 'google' }

export function slotOf(box: BoxNumber): Slot | undefined {
  return slots[box]
}

export function boxState(setup: Setup, box: BoxNumber): BoxState {
  const status = setup.checks.find(({ number }) => number === box)?.status
  if (status === 'pass') return 'done'
  if (ofKeys.has(box) && setup.is_demo) return 'later'
  if (status === 'fail') return isProblem(setup, box) ? 'failed' : 'todo'
  return optional.has(box) ? 'optional' : 'todo'
}

/** Something is wrong, not merely missing. */
function isProblem(setup: Setup, box: BoxNumber): boolean {
  const slot = slotOf(box)
  if (slot !== undefined) return setup.keys.find((key) => key.slot === slot)?.is_stored === true
  return box === 10 || box >= 15
}

export function stepState(setup: Setup, id: StepId): StepState {
  const states = steps.filter((step) => step.id === id).flatMap(({ boxes }) => boxes.map((box) => boxState(setup, box)))
  if (states.some((state) => state === 'todo' || state === 'failed')) return 'open'
  return states.includes('later') ? 'later' : 'done'
}

export function countDone(setup: Setup): number {
  return steps.flatMap(({ boxes }) => boxes).filter((box) => boxState(setup, box) === 'done').length
}

/** What is to be done first, then what may wait, then what is done; within these as the guide has them. */
export function orderSteps(setup: Setup): StepId[] {
  const rank: Record<StepState, number> = { open: 0, later: 1, done: 2 }
  return steps.map(({ id }) => id).sort((a, b) => rank[stepState(setup, a)] - rank[stepState(setup, b)])
}

/** Undefined: nothing is open any more. */
export function nextOpen(setup: Setup): StepId | undefined {
  return steps.find(({ id }) => stepState(setup, id) === 'open')?.id
}
