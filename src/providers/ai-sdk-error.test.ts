import { expect, it } from 'vitest'
import { ConfigurationError } from '../shared/errors.ts'
import { fromAiSdkError } from './ai-sdk-error.ts'

it('names the package that a broken installation lacks, and lets another target answer', () => {
  // As Node says it; the test runner's loader has other words.
  const words = "Cannot find package '@ai-sdk/none' imported from /app/src/providers/openai.ts"
  const thrown = Object.assign(new Error(words), { code: 'ERR_MODULE_NOT_FOUND' })
  const error = fromAiSdkError(thrown, { displayName: 'OpenAI', status: undefined, reached: false })
  expect(error).toBeInstanceOf(ConfigurationError)
  expect(error).toMatchObject({ code: 'config_invalid', fallback: true })
  expect(error.message).toBe('Calls that are translated for OpenAI need @ai-sdk/none, which is not installed: npm ci')
})
