import { isRecord } from '../shared/is-record.ts'
import { mapTexts } from './map-texts.ts'

/** Where the dialects keep what a user says, on the wire and in the AI SDK's prompts. */
const saidIn = ['messages', 'input', 'prompt'] as const

/**
 * What users say in a request of any dialect or kind, one text for each of their messages, the oldest first. What the application, the
 * model or a tool says is left out.
 */
export function userTexts(request: Readonly<Record<string, unknown>>): string[] {
  return saidIn.flatMap((field) => textsOf(request[field])).filter((text) => text.trim() !== '')
}

function textsOf(said: unknown): string[] {
  if (!Array.isArray(said)) return [textOf(said)]
  // Texts beside each other, as embeddings take them, are one batch.
  const loose = said.filter((item) => typeof item === 'string').join('\n')
  return [loose, ...said.filter(isUsers).map(({ content }) => textOf(Array.isArray(content) ? content.filter(isNoResult) : content))]
}

function textOf(content: unknown): string {
  const texts: string[] = []
  mapTexts(content, (text) => {
    texts.push(text)
    return text
  })
  return texts.join('\n')
}

function isUsers(item: unknown): item is { content: unknown } {
  return isRecord(item) && item.role === 'user'
}

/** Anthropic's dialect gives a tool's result back in the name of the user. */
function isNoResult(part: unknown): boolean {
  return !isRecord(part) || part.type !== 'tool_result'
}
