import type { Answer } from '../../api/index.ts'

export type Explanation = Answer<'GET /calls/:call/explanation'>
export type BookedCall = NonNullable<Explanation['call']>
export type CallCost = NonNullable<Explanation['cost']>
export type Attempt = Explanation['attempts'][number]
/** What a call took from a budget, or holds of it. Amounts are decimal text for money and numbers for tokens. */
export type Move = Explanation['charges'][number]
