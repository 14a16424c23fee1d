import type { ModelMessage, ToolSet } from 'ai'
import type { Database } from '../../database/index.ts'
import type { Log } from '../../shared/log.ts'
import type { Vault } from '../../vault/index.ts'
import type { ChannelDirectory } from './channel-directory.ts'
import type { GraphClient } from './graph-client.ts'

/** The library's `callAI`, as far as an answer needs it. */
export type AskModel = (call: {
  clientId: string
  messages: ModelMessage[]
  model?: string
  source: 'whatsapp'
  conversationId: string
  phone: string
  idempotencyKey: string
  tools?: ToolSet
  toolChoice?: 'none'
}) => Promise<ModelAnswer>

export interface ModelAnswer {
  text: string
  callId: string
  usage: { totalTokens: number }
  toolCalls: { toolCallId: string; toolName: string; input: unknown }[]
  responseMessages: ModelMessage[]
}

/** The library's `transcribeAI`. */
export type Transcribe = (call: {
  clientId: string
  model: string
  audio: Uint8Array
  source: 'whatsapp'
  conversationId: string
  phone: string
}) => Promise<{ text: string }>

/** What answering needs of the process. */
export interface AnswerParts {
  database: Database
  channels: ChannelDirectory
  graph: GraphClient
  askModel: AskModel
  transcribe: Transcribe
  vault: Pick<Vault, 'read'>
  /** Whether a tool may be on a loopback host: for development and tests. */
  allowsLocalTools: boolean
  log: Log
  /** A conversation belongs to whoever answers it for so long after they last said so. */
  leaseMs: number
}
