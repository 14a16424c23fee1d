import { z } from 'zod'
import { deliveryErrorCodes } from '../../notifications/index.ts'
import { count, time } from '../api/index.ts'

export const deliveryErrorCode = z.enum(deliveryErrorCodes)

/** What became of one attempt to tell somebody of an alert, whether it is listed by alert or by channel. */
export const attemptFields = {
  attempt: count,
  status: z.enum(['pending', 'sent', 'failed', 'given_up']),
  response_code: count.nullable(),
  error: z.string().nullable(),
  error_code: deliveryErrorCode.nullable(),
  due_at: time,
  attempted_at: time.nullable(),
}
