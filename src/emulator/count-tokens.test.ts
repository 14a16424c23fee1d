import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeAnswer } from './answer.ts'
import { type AskedMessage, plainAsk } from './ask.ts'
import { countPromptTokens, splitJson, splitWords } from './count-tokens.ts'

const noCache = { readTokens: 0, writeTokens: 0, writeFor: '5m' as const }
const anyMessages = fc.array(
  fc.record({
    role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
    text: fc.string({ unit: 'binary' }),
    extraBytes: fc.nat(1000),
  }),
  { minLength: 1 },
) as fc.Arbitrary<AskedMessage[]>

test('a prompt never costs more than its bytes and 8 tokens a message', () => {
  fc.assert(
    fc.property(anyMessages, (messages) => {
      const bytes = messages.reduce((total, message) => total + Buffer.byteLength(message.text) + message.extraBytes, 0)
      expect(countPromptTokens(plainAsk('m', messages))).toBeLessThanOrEqual(bytes + 8 * messages.length)
    }),
  )
})

test('words and pieces joined are the text again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(splitWords(text).join('')).toBe(text.trimEnd())
      expect(splitJson(text).join('')).toBe(text)
    }),
  )
})

test('the same prompt has the same answer, inside the limit, its tokens adding up', () => {
  fc.assert(
    fc.property(
      anyMessages,
      fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
      fc.nat(20),
      (messages, maxTokens, reasoningTokens) => {
        const ask = { ...plainAsk('m', messages), maxTokens, reasoningTokens }
        const answer = makeAnswer(ask, {}, noCache)
        expect(makeAnswer(ask, {}, noCache)).toEqual(answer)
        const written = answer.pieces.reduce((total, piece) => total + piece.tokens, 0)
        expect(answer.usage.outputTokens).toBe(written + answer.reasoningTokens)
        expect(answer.usage.outputTokens).toBeLessThanOrEqual(maxTokens ?? Number.POSITIVE_INFINITY)
      },
    ),
  )
})

test('the default answer says what it is, in the language of the prompt, with accents and an emoji', () => {
  const answerTo = (text: string) =>
    makeAnswer(plainAsk('m', [{ role: 'user', text, extraBytes: 0 }]), {}, noCache)
      .pieces.map((piece) => piece.text)
      .join('')
  expect(answerTo('Qual é o horário da padaria? [[call x]]')).toMatch(/^Demonstração da catraca 🎟️: recebi “Qual é o horário da padaria\?”/)
  expect(answerTo('What do you do in the morning?')).toMatch(/^This is the catraca demo 🎟️ \(demonstração\)/)
})
