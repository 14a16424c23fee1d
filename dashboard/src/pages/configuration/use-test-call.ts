import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Answer, type ApiError, api } from '../../api/index.ts'
import type { Setup } from './steps.ts'

type Budgets = Answer<'GET /clients/:client/budgets'>

export interface TestCall {
  answer: Answer<'POST /setup/test-call'>
  /** Null: it had not been booked when we stopped looking. */
  row: Setup['latest_test']
  before: Budgets
  after: Budgets
}

const mostLooks = 20
const lookEveryMs = 400

/** The guide's test: the budgets, the call, its row in the books once it is there, and the budgets again. */
export function useTestCall() {
  const client = useQueryClient()
  return useMutation<TestCall, ApiError, string>({
    mutationFn: runTest,
    // Also after a refusal: that is a row as well.
    onSettled: () => Promise.all(['config', 'usage', 'alerts'].map((topic) => client.invalidateQueries({ queryKey: [topic] }))),
  })
}

async function runTest(slug: string): Promise<TestCall> {
  const budgetsPath = `/api/admin/clients/${slug}/budgets`
  const read = () => api.get<Setup>('/api/admin/setup', { client: slug, guide_only: true })
  const [before, { latest_test: previous }] = await Promise.all([api.get<Budgets>(budgetsPath), read()])
  const answer = await api.post<TestCall['answer']>('/api/admin/setup/test-call', { client: slug })
  const row = await findRow(read, previous)
  return { answer, row, before, after: await api.get<Budgets>(budgetsPath) }
}

/** Rows are booked a moment after the answer. */
async function findRow(read: () => Promise<Setup>, previous: Setup['latest_test']): Promise<Setup['latest_test']> {
  for (let looks = 0; looks < mostLooks; looks++) {
    const { latest_test: row } = await read()
    if (row !== null && row.created_at !== previous?.created_at) return row
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  return null
}
