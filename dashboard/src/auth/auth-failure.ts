import { ApiError } from '../api/index.ts'

interface AuthAnswer<Data> {
  data: Data | null
  error: { code?: string | undefined; message?: string | undefined; status: number } | null
}

/** better-auth's client answers failures; the rest of the dashboard throws them. */
export async function orThrow<Data>(answer: Promise<AuthAnswer<Data>>): Promise<Data> {
  const { data, error } = await answer.catch(() => {
    throw new ApiError('unreachable', '', 0)
  })
  if (error) throw new ApiError(error.code ?? 'unknown', error.message ?? '', error.status)
  return data as Data
}
