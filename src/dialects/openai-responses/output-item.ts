import type { ResponseStatus } from './response-object.ts'

type Json = Record<string, unknown>

/** One item of an answer while it grows. `index` is its place in the output. */
export interface OutputItem {
  kind: 'message' | 'reasoning' | 'call'
  index: number
  id: string
  /** The message's text, the summary of the thinking, the call's arguments. */
  text: string
  /** Of a call. */
  callId: string
  name: string
  isDone: boolean
}

const idStarts = { message: 'msg', reasoning: 'rs', call: 'fc' } as const

export function outputItem(
  kind: OutputItem['kind'],
  index: number,
  answerId: string,
  called?: { callId: string; name: string },
): OutputItem {
  const { callId = '', name = '' } = called ?? {}
  return { kind, index, id: `${idStarts[kind]}_${answerId}_${index}`, text: '', callId, name, isDone: false }
}

/** The item as it stands on the wire. An item in progress has no content yet: that comes in its own events. */
export function renderItem(item: OutputItem, status: ResponseStatus): Json {
  const { kind, id, text } = item
  const isOpen = status === 'in_progress'
  switch (kind) {
    case 'message':
      return { id, type: 'message', status, role: 'assistant', content: isOpen ? [] : [textPart(text)] }
    case 'reasoning':
      return { id, type: 'reasoning', summary: isOpen ? [] : [summaryPart(text)] }
    case 'call':
      return { id, type: 'function_call', status, call_id: item.callId, name: item.name, arguments: isOpen ? '' : text }
  }
}

export function textPart(text: string): Json {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

export function summaryPart(text: string): Json {
  return { type: 'summary_text', text }
}
