import { OpenAI } from '@llamaindex/openai'

const { CATRACA_URL = 'http://127.0.0.1:3000', CATRACA_KEY = '' } = process.env

const llm = new OpenAI({ model: 'openai/gpt-4o-mini', baseURL: `${CATRACA_URL}/v1`, apiKey: CATRACA_KEY })
const { message } = await llm.chat({ messages: [{ role: 'user', content: 'Diga oi' }] })
console.log(message.content)
