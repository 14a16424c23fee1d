/** A row of whatsapp_answers. */
export interface AnswerRow {
  id: string
  state: 'asking' | 'sending' | 'done' | 'refused' | 'failed' | 'dropped'
  attempt: number
  tries: number
  prompt: PromptMessage[] | null
}

/** What the model is asked, as it is stored: files are named, not kept. */
export interface PromptMessage {
  role: 'system' | 'user' | 'assistant'
  content: (PromptText | PromptImage)[]
}

export interface PromptText {
  type: 'text'
  text: string
}

export interface PromptImage {
  type: 'image'
  mediaId: string
  mediaType: string
}

/** A conversation while it is being answered. */
export interface ConversationRow {
  id: string
  channel_id: string | null
  phone: string
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
