import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider'

/**
 * A prompt without texts that say nothing: OpenAI takes a picture's empty caption or an empty system text, Anthropic and Google refuse the
 * whole call for it. A prompt of nothing else stays as it is: who answers it may say so.
 */
export function withoutBlankText(prompt: LanguageModelV4Prompt): LanguageModelV4Prompt {
  const said = prompt.flatMap(spoken)
  return said.some(({ role }) => role !== 'system') ? said : prompt
}

function spoken(message: LanguageModelV4Message): LanguageModelV4Message[] {
  switch (message.role) {
    case 'system':
      return isBlank(message.content) ? [] : [message]
    case 'user': {
      const content = message.content.filter((part) => part.type !== 'text' || !isBlank(part.text))
      return content.length === 0 ? [] : [{ ...message, content }]
    }
    case 'assistant': {
      const content = message.content.filter((part) => part.type !== 'text' || !isBlank(part.text))
      return content.length === 0 ? [] : [{ ...message, content }]
    }
    default:
      return [message]
  }
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}
