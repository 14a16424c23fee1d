import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { streamText } from 'ai'

const { CATRACA_URL = 'http://127.0.0.1:3000', CATRACA_KEY = '' } = process.env

const catraca = createOpenAICompatible({ name: 'catraca', baseURL: `${CATRACA_URL}/v1`, apiKey: CATRACA_KEY, includeUsage: true })

const { textStream } = streamText({ model: catraca('anthropic/claude-sonnet-4-5'), prompt: 'Diga oi' })
for await (const piece of textStream) process.stdout.write(piece)
