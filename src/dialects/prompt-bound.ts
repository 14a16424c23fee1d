import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from '@ai-sdk/provider'
import { callOverheadTokens, messageOverheadTokens, schemaFactor, toolsOverheadTokens } from './input-overheads.ts'
import { imageTokens } from './media-tokens.ts'

type Content = LanguageModelV4Prompt[number]['content']
type Part = Exclude<Content, string>[number]

/** An upper bound of the input tokens of an AI SDK call: a token is at least one UTF-8 byte; see `input-overheads.ts` for the rest. */
export function promptTokensBound({ prompt, tools, responseFormat }: LanguageModelV4CallOptions): number {
  const messages = prompt.reduce((sum, message) => sum + messageOverheadTokens + contentTokens(message.content), 0)
  const schemas = (tools?.length ? jsonBytes(tools) : 0) + (responseFormat?.type === 'json' ? jsonBytes(responseFormat) : 0)
  return callOverheadTokens + messages + (schemas > 0 ? toolsOverheadTokens + schemas * schemaFactor : 0)
}

/** Does the prompt hold something to listen to? */
export function promptHasAudio(prompt: LanguageModelV4Prompt): boolean {
  return prompt.some(({ content }) => typeof content !== 'string' && content.some((part) => isFile(part, 'audio')))
}

function contentTokens(content: Content): number {
  if (typeof content === 'string') return Buffer.byteLength(content)
  return content.reduce((sum, part) => sum + partTokens(part), 0)
}

function partTokens(part: Part): number {
  if (part.type === 'text' || part.type === 'reasoning') return Buffer.byteLength(part.text)
  if (isFile(part, 'image')) return imageTokens(undefined)
  return part.type === 'tool-call' ? jsonBytes(part) * schemaFactor : jsonBytes(part)
}

function isFile(part: Part, kind: 'image' | 'audio'): boolean {
  return part.type === 'file' && part.mediaType.startsWith(kind)
}

/** Binary content counts with all its bytes, since nothing cheaper is sure to bound a document or a recording. */
function jsonBytes(value: unknown): number {
  let binaryBytes = 0
  const text = JSON.stringify(value, (_name, inner) => {
    if (!(inner instanceof Uint8Array)) return inner
    binaryBytes += inner.byteLength
    return undefined
  })
  return Buffer.byteLength(text ?? '') + binaryBytes
}
