import type { LanguageModelV4Usage } from '@ai-sdk/provider'
import type { ParsedRequest } from '../dialect.ts'
import { toTokenUsage } from '../to-token-usage.ts'

type Json = Record<string, unknown>

export interface AnswerNames {
  callId: string
  model: string
  createdAtMs: number
}

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete'

/** A response object around its output: what was asked for is said again, as OpenAI does. */
export function responseObject({ body }: ParsedRequest, answer: AnswerNames, output: readonly Json[], end?: AnswerEnd): Json {
  const status: ResponseStatus = end === undefined ? 'in_progress' : end.cutBy === undefined ? 'completed' : 'incomplete'
  const asked = (field: string, otherwise: unknown) => body[field] ?? otherwise
  return {
    id: `resp_${idOf(answer)}`,
    object: 'response',
    created_at: Math.floor(answer.createdAtMs / 1000),
    status,
    background: false,
    error: null,
    incomplete_details: end?.cutBy === undefined ? null : { reason: end.cutBy },
    instructions: asked('instructions', null),
    max_output_tokens: asked('max_output_tokens', null),
    model: answer.model,
    output,
    parallel_tool_calls: asked('parallel_tool_calls', true),
    previous_response_id: null,
    reasoning: asked('reasoning', { effort: null, summary: null }),
    service_tier: 'default',
    store: false,
    temperature: asked('temperature', null),
    text: asked('text', { format: { type: 'text' } }),
    tool_choice: asked('tool_choice', 'auto'),
    tools: asked('tools', []),
    top_p: asked('top_p', null),
    truncation: 'disabled',
    usage: end === undefined ? null : wireUsage(end.usage),
    user: asked('user', null),
    metadata: asked('metadata', {}),
  }
}

export interface AnswerEnd {
  usage: LanguageModelV4Usage | undefined
  /** Why the answer is shorter than the model meant it; undefined when it is not. */
  cutBy: 'max_output_tokens' | 'content_filter' | undefined
}

export function endOf(usage: LanguageModelV4Usage | undefined, finishReason: string | undefined): AnswerEnd {
  const cutBy = finishReason === 'length' ? 'max_output_tokens' : finishReason === 'content-filter' ? 'content_filter' : undefined
  return { usage, cutBy }
}

/** The call's id without its dashes, as OpenAI's own ids look. */
export function idOf({ callId }: AnswerNames): string {
  return callId.replaceAll('-', '')
}

function wireUsage(told: LanguageModelV4Usage | undefined): Json | null {
  const usage = told === undefined ? undefined : toTokenUsage(told)
  if (usage === undefined) return null
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedTokens, cache_write_tokens: usage.cacheWriteTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.totalTokens,
  }
}
