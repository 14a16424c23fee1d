import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents'
import { z } from 'zod'

const { CATRACA_URL = 'http://127.0.0.1:3000', CATRACA_KEY = '' } = process.env

const hours = tool({
  name: 'hours',
  description: 'When the shop is open on a day',
  parameters: z.object({ day: z.string() }),
  execute: async () => 'das 9 às 18 horas',
})

const agent = new Agent({ name: 'Atendente', instructions: 'Responda em português.', model: 'openai/gpt-4o-mini', tools: [hours] })

// Traces would go to OpenAI, with a key of OpenAI's.
const runner = new Runner({
  modelProvider: new OpenAIProvider({ baseURL: `${CATRACA_URL}/v1`, apiKey: CATRACA_KEY }),
  tracingDisabled: true,
})
const { finalOutput } = await runner.run(agent, 'Please use tool hours: a loja abre no sábado?')
console.log(finalOutput)
