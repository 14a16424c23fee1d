import type { Ask } from './ask.ts'

/**
 * The emulator's whole tokenizer, kept simple so that a test can work a bill out by hand:
 *
 * - a message costs 4 tokens and one for every 4 bytes of UTF-8, rounded up; a prompt costs 3 more; tool definitions cost one for every 4 bytes;
 * - an answer costs one token a word (a run of non-spaces with the spaces before it); JSON and tool arguments one a 12-character piece.
 *
 * A prompt never costs more than its UTF-8 bytes plus 8 tokens a message, and an answer never more than its bytes, so a gateway's
 * cheap upper bound made of bytes holds here as it does with real tokenizers.
 */
export function countPromptTokens(ask: Ask): number {
  let tokens = 3 + Math.ceil(ask.toolBytes / 4)
  for (const message of ask.messages) tokens += countMessageTokens(message.text, message.extraBytes)
  return tokens
}

export function countMessageTokens(text: string, extraBytes = 0): number {
  return 4 + countTextTokens(text, extraBytes)
}

/** For embeddings and speech, which have no message overhead. */
export function countTextTokens(text: string, extraBytes = 0): number {
  return Math.ceil((Buffer.byteLength(text) + extraBytes) / 4)
}

/** A picture or file costs at most this many bytes of prompt, however large it is (85 tokens, as OpenAI's low detail). */
export const attachmentBytes = 340

/** The words of an answer, spaces kept in front as tokenizers do; joined they are the text again. */
export function splitWords(text: string): string[] {
  return text.match(/\s*\S+/gu) ?? []
}

/** JSON in pieces of 12 characters, cut between code points. */
export function splitJson(json: string): string[] {
  return json.match(/.{1,12}/gsu) ?? []
}
