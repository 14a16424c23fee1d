import type { ChatLine, ChatMessage } from '@/app/chat-lines'
import { GatewayError, streamAI } from '@/lib/ai-gateway'

export const dynamic = 'force-dynamic'

// Whoever pays. In a product it is the logged-in user's company: the browser must never be asked.
const clientId = process.env.CHAT_CLIENT_ID ?? '123e4567-e89b-12d3-a456-426614174000'

export async function POST(request: Request) {
  const body: unknown = await request.json().catch(() => undefined)
  if (!isChat(body)) return Response.json({ error: 'messages: [{ role: "user" | "assistant", content: string }, …]' }, { status: 400 })
  return new Response(toStream(answer(body.messages, request.signal)), {
    headers: { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' },
  })
}

async function* answer(messages: ChatMessage[], abortSignal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    const { textStream, account } = await streamAI({
      clientId,
      messages: [{ role: 'system', content: 'Você é um atendente gentil. Responda em português, em poucas frases.' }, ...messages],
      // Whoever closes the page pays for what was written until then.
      abortSignal,
    })
    for await (const text of textStream) yield line({ text })
    const { cost } = await account
    // There are reais wherever an exchange rate was known.
    yield line({ cost: cost.brl === undefined ? `US$ ${cost.usd}` : `R$ ${cost.brl}` })
  } catch (error) {
    if (abortSignal.aborted) return
    console.error('Chat error:', error)
    // A GatewayError's public message is written for callers (`O orçamento diário … não cobre esta chamada`); anything else stays in the log.
    yield line({ error: error instanceof GatewayError ? error.publicMessage : 'Algo deu errado. Tente de novo.' })
  }
}

function toStream(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => {
      await pieces.return(undefined)
    },
  })
}

const encoder = new TextEncoder()

function line(content: ChatLine): Uint8Array {
  return encoder.encode(`${JSON.stringify(content)}\n`)
}

function isChat(body: unknown): body is { messages: ChatMessage[] } {
  const messages = (body as { messages?: unknown } | undefined | null)?.messages
  return Array.isArray(messages) && messages.length > 0 && messages.every(isMessage)
}

function isMessage(message: Partial<ChatMessage> | null): boolean {
  return (message?.role === 'user' || message?.role === 'assistant') && typeof message.content === 'string'
}
