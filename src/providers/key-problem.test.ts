import { describe, expect, it } from 'vitest'
import { keyProblem } from './key-problem.ts'

describe('keyProblem', () => {
  it.each([
    ['vercel', 'vck_EXAMPLE0000'],
    ['openai', 'sk-proj-example-openai'],
    ['groq', 'gsk_example_groq'],
    ['anthropic', 'sk-ant-example'],
    ['google', 'AIza-example'],
  ] as const)('takes a key of %s', (provider, key) => {
    expect(keyProblem(provider, key)).toBeUndefined()
  })

  it.each([
    ['openai', 'sk-ant-example', 'that is a key of Anthropic (sk-ant-…), not of OpenAI (sk-…)'],
    ['anthropic', 'sk-proj-example', 'that is a key of OpenAI (sk-…), not of Anthropic (sk-ant-…)'],
    ['groq', 'example', 'a key of Groq begins with gsk_'],
    ['google', 'AIza', 'the Google key ends after AIza'],
    ['openai', 'sk-test one', 'the OpenAI key has blanks in it'],
    ['openai', 'sk-tést', 'the OpenAI key has characters in it that no key has'],
  ] as const)('refuses for %s: %s', (provider, key, problem) => {
    expect(keyProblem(provider, key)).toBe(problem)
  })
})
