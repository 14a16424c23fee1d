import { expect, test } from 'vitest'
import { openaiChat, openaiResponses } from './index.ts'

// As Kimi makes them; Anthropic takes ^[a-zA-Z0-9_-]+$ only.
const id = 'functions.clima:0'

test.each([
  [
    openaiChat,
    {
      messages: [
        { role: 'user', content: 'Oi' },
        { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name: 'clima', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: id, content: 'sol' },
      ],
    },
  ],
  [
    openaiResponses,
    {
      input: [
        { role: 'user', content: 'Oi' },
        { type: 'function_call', call_id: id, name: 'clima', arguments: '{}' },
        { type: 'function_call_output', call_id: id, output: 'sol' },
      ],
    },
  ],
])('a call’s id has in translation only signs that every provider takes', (dialect, body) => {
  const { prompt } = dialect.toCallOptions(dialect.parse(Buffer.from(JSON.stringify(body))))
  const toolCallId = 'functions_clima_0'
  expect(prompt.slice(1)).toMatchObject([{ content: [{ toolCallId }] }, { content: [{ toolCallId, toolName: 'clima' }] }])
})
