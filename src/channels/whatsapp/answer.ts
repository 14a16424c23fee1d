import type { ModelMessage } from 'ai'

/** A row of whatsapp_answers. */
export interface AnswerRow {
  id: string
  state: 'asking' | 'sending' | 'done' | 'refused' | 'failed' | 'dropped'
  attempt: number
  tries: number
  /** It failed, and its next try is not due yet. */
  is_early: boolean
  prompt: PromptEntry[] | null
  /** With its end a human answers the conversation. While it is `asking`: its contact has asked for one. */
  hands_off: boolean
}

export type PromptEntry = PromptMessage | PromptRound

/** What the model called its tools for, and what they said: asked again, it goes on from there. */
export interface PromptRound {
  role: 'round'
  messages: ModelMessage[]
  /** What its call took. */
  totalTokens: number
}

/** What the model is asked, as it is stored: files are named, not kept. */
export interface PromptMessage {
  role: 'system' | 'user' | 'assistant'
  content: (PromptText | PromptFile)[]
}

export interface PromptText {
  type: 'text'
  text: string
}

/** A picture, or a document that is shown as it is. */
export interface PromptFile {
  type: 'file'
  mediaId: string
  mediaType: string
  filename?: string | undefined
}

/** A conversation while it is being answered. */
export interface ConversationRow {
  id: string
  channel_id: string | null
  phone: string
  status: 'bot' | 'human'
  /** May it be written to freely, because its contact wrote within 24 hours? */
  is_open: boolean
}

/** A message of ours, or a part of one that was too long. */
export interface PartRow {
  id: string
  kind: string
  body: string
  status: string
  /** Its sending began so long ago; null where it has not begun. */
  sending_ms: number | null
}
