import { ApiError } from './api-error.ts'

/** What the gateway found wrong with a form's fields, by their names: its `problems` are `field: what is wrong`. */
export function problemsOf(error: unknown): Readonly<Record<string, string>> {
  const problems = error instanceof ApiError ? error.details.problems : undefined
  const list = Array.isArray(problems) ? problems.map(String) : error instanceof ApiError && error.status === 400 ? [error.message] : []
  return Object.fromEntries(
    list.flatMap((text) => {
      const [, field = '', problem = ''] = /^([a-z][\w.]*): (.+)$/s.exec(text) ?? []
      return field === '' ? [] : [[field.split('.')[0] ?? field, problem]]
    }),
  )
}
