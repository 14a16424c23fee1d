/** One message of a prompt, whatever dialect it came in. */
export interface AskedMessage {
  role: 'system' | 'user' | 'assistant' | 'tool'
  text: string
  /** Bytes that count as tokens beside the text: tool-call arguments, references to pictures. */
  extraBytes: number
  /** Set where Anthropic's `cache_control` closes a prefix. */
  cacheBreakpoint?: '5m' | '1h'
}

export interface AskedTool {
  name: string
  /** JSON Schema of the arguments. */
  schema: unknown
}

/** What a request asks for, once its dialect has been read. Every provider's format parses to this. */
export interface Ask {
  model: string
  messages: AskedMessage[]
  tools: AskedTool[]
  /** Size of the tool definitions as sent, which the provider counts as prompt. */
  toolBytes: number
  toolChoice: 'auto' | 'none' | 'required' | { name: string }
  parallelTools: boolean
  /** Set when JSON is asked for; `schema` is undefined for "any JSON object". */
  json: { schema: unknown } | undefined
  maxTokens: number | undefined
  choices: number
  stream: boolean
  includeUsage: boolean
  /** Tokens the model thinks before it answers, unless a fault says otherwise. */
  reasoningTokens: number
  user: string | undefined
}

/** A request that the provider refuses; rendered in its own error shape. */
export interface Refusal {
  status: number
  message?: string
  type?: string
  code?: string | null
  param?: string | null
  retryAfterSeconds?: number
}

export function isRefusal(value: Ask | Refusal): value is Refusal {
  return 'status' in value
}

/** An ask with everything at its default, which formats fill in. */
export function plainAsk(model: string, messages: AskedMessage[]): Ask {
  return {
    model,
    messages,
    tools: [],
    toolBytes: 0,
    toolChoice: 'auto',
    parallelTools: true,
    json: undefined,
    maxTokens: undefined,
    choices: 1,
    stream: false,
    includeUsage: false,
    reasoningTokens: 0,
    user: undefined,
  }
}

/** What the last user said: the text that answers, markers and call ids are read from. */
export function lastUserText(ask: Ask): string {
  return ask.messages.findLast((message) => message.role === 'user')?.text ?? ''
}
