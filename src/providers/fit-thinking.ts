import { smallestThinkingBudget } from '../dialects/index.ts'
import { isRecord } from '../shared/is-record.ts'

/** Models that think by a budget, so that an effort becomes one: the AI SDK's list, by the names that Vercel has for them. */
const thinksByBudget = /^anthropic\/claude-(?:3|(?:opus|sonnet|haiku)-4(?:\.[015])?$)/
/** The AI SDK's shares of what a model can say at most. */
const shares: Readonly<Record<string, number>> = { minimal: 0.02, low: 0.1, medium: 0.3, high: 0.6, xhigh: 0.9, max: 0.95 }

export interface FittedThinking {
  maxOutputTokens: number
  /** Take the place of the body's fields of these names. */
  fields: Record<string, unknown>
}

/**
 * Vercel asks Anthropic by the AI SDK, which adds the thinking's budget to the output limit, and of an effort makes a share of the most that the
 * model can say. A hold of `limit` tokens covers both together, so the limit that is sent is lower by the budget, and the budget never above
 * half. `body` is in the words of OpenAI's dialects or the AI SDK's. Undefined where no budget is asked for.
 */
export function fitThinking(body: Readonly<Record<string, unknown>>, model: string, limit: number): FittedThinking | undefined {
  if (!model.startsWith('anthropic/')) return undefined
  const { reasoning, providerOptions } = body
  const options = isRecord(providerOptions) ? providerOptions : {}
  const own = isRecord(options.anthropic) ? options.anthropic : {}
  const told = isRecord(own.thinking) ? own.thinking : undefined
  const inReasoning = isRecord(reasoning) && typeof reasoning.max_tokens === 'number' ? reasoning.max_tokens : undefined
  const inOptions =
    told?.type === 'enabled' ? (typeof told.budgetTokens === 'number' ? told.budgetTokens : smallestThinkingBudget) : undefined
  const byEffort = told === undefined && inReasoning === undefined ? budgetOfEffort(body, model, limit) : undefined
  const asked = Math.max(inReasoning ?? 0, inOptions ?? 0, byEffort ?? 0)
  if (asked === 0) return undefined
  const fitting = Math.min(Math.max(asked, smallestThinkingBudget), Math.floor((limit - 1) / 2))
  const budget = fitting < smallestThinkingBudget ? 0 : fitting
  const thinking = budget === 0 ? { type: 'disabled' } : { ...told, type: 'enabled', budgetTokens: budget }
  return {
    maxOutputTokens: limit - budget,
    fields: {
      ...(inReasoning !== undefined && isRecord(reasoning) ? { reasoning: reasoningOf(reasoning, budget) } : {}),
      ...(inOptions !== undefined || byEffort !== undefined ? { providerOptions: { ...options, anthropic: { ...own, thinking } } } : {}),
    },
  }
}

function reasoningOf({ max_tokens: _asked, ...others }: Record<string, unknown>, budget: number): Record<string, unknown> {
  return budget === 0 ? { ...others, enabled: false } : { ...others, max_tokens: budget }
}

function budgetOfEffort(
  { reasoning, reasoning_effort }: Readonly<Record<string, unknown>>,
  model: string,
  limit: number,
): number | undefined {
  if (!thinksByBudget.test(model)) return undefined
  const isOn = isRecord(reasoning) && reasoning.enabled === true
  const effort = (isRecord(reasoning) ? reasoning.effort : reasoning) ?? reasoning_effort ?? (isOn ? 'medium' : undefined)
  const share = typeof effort === 'string' && Object.hasOwn(shares, effort) ? shares[effort] : undefined
  return share === undefined ? undefined : Math.max(smallestThinkingBudget, Math.round(limit * share))
}
