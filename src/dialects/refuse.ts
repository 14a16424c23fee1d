import { InvalidRequestError } from '../shared/errors.ts'

/** The refusal of a body that is wrong at `param`, named as OpenAI names it: `messages[0].content`. */
export function refuse(param: string | null, message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_body', message, { details: { param } })
}
