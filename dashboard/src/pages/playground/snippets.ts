import type { ChatRequest } from './stream-chat.ts'

/** Stands for the client's key, which only the client has. */
const keyVariable = 'CATRACA_API_KEY'

/** The same call from a terminal. */
export function curlOf(origin: string, request: ChatRequest): string {
  const body = JSON.stringify({ ...request, stream: true }, undefined, 2)
  return [
    `curl -N ${origin}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $${keyVariable}" \\`,
    '  -H "Content-Type: application/json" \\',
    // Within single quotes a shell reads nothing but the quote itself.
    `  -d '${body.replaceAll("'", String.raw`'\''`)}'`,
  ].join('\n')
}

/** The same call with OpenAI's own library for TypeScript. */
export function sdkOf(origin: string, request: ChatRequest): string {
  const options = JSON.stringify({ ...request, stream: true }, undefined, 2)
  return `import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: '${origin}/v1',
  apiKey: process.env.${keyVariable},
})

const stream = await client.chat.completions.create(${options})

for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? '')
}`
}
