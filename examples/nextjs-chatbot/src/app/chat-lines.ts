/** A line of what /api/chat answers: pieces of the answer as they come, then what the call cost, or why there is no answer. */
export type ChatLine = { text: string } | { cost: string } | { error: string }

export interface ChatMessage {
  role: 'user' | 'assistant'
  content: string
}
