import { ConfigurationError } from '../shared/errors.ts'

/** Something that only the operator can put right; the message says what and how. */
export function refusal(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('config_invalid', message, cause === undefined ? {} : { cause })
}
