import { kinds } from '../dialects/index.ts'
import type { ModerationRule } from '../guardrails/index.ts'
import {
  BudgetExceededError,
  InvalidRequestError,
  LedgerUnavailableError,
  RateLimitedError,
  toGatewayError,
  UpstreamBrokenError,
  UpstreamUnavailableError,
} from '../shared/errors.ts'
import { newId } from '../shared/id.ts'
import type { Call, CallEnd } from './call.ts'
import { collectAnswer } from './collect-answer.ts'
import type { GatewayContext } from './gateway-context.ts'
import { kindAttempt } from './make-attempt.ts'

/** About 32,000 tokens, the most that OpenAI's moderation reads. */
const mostBytes = 128 * 1024
/** Somebody waits for another answer than this one. */
const mostMs = 10_000

/**
 * Asks the client's moderation model what it thinks of what its user says, in a call of its own by `handle`. Throws InvalidRequestError
 * `content_flagged` for what is refused; where the model gives no verdict, `moderation_unavailable` or `input_too_long` if the rule says so.
 */
export async function moderateCall<Out>(
  context: GatewayContext,
  call: Call<Out>,
  handle: (check: Call<Buffer>) => Promise<CallEnd>,
): Promise<void> {
  const rule = call.client.guardrails?.moderation
  // Who asks for a verdict wants to read it.
  if (!rule || !call.userTexts?.length || call.demand.kind?.name === 'moderations') return
  let flagged: string[] | undefined
  try {
    flagged = await flaggedBy(context, call, rule, newest(call.userTexts), handle)
  } catch (thrown) {
    call.callerGone.throwIfAborted()
    if (isOfTheCallToo(thrown)) throw thrown
    const { code, publicMessage } = toGatewayError(thrown)
    const outcome = rule.fails === 'open' ? 'goes on unchecked' : 'is refused'
    context.log.warn(
      `[AI Gateway] moderation by ${rule.model} failed (${code}: ${publicMessage}); a call of ${call.client.slug} ${outcome}`,
    )
    if (rule.fails === 'open') return
    throw code === 'input_too_long' ? thrown : unavailable(thrown)
  }
  call.callerGone.throwIfAborted()
  if (flagged === undefined) return
  throw new InvalidRequestError('content_flagged', `The message was flagged by moderation: ${flagged.join(', ') || 'unnamed'}.`, {
    details: { categories: flagged },
  })
}

/** What would end the call itself is no word of the model's. */
function isOfTheCallToo(thrown: unknown): boolean {
  return thrown instanceof BudgetExceededError || thrown instanceof RateLimitedError || thrown instanceof LedgerUnavailableError
}

function unavailable(cause: unknown): UpstreamUnavailableError {
  const message = 'Moderation gave no answer, and this client sends nothing without it. Try again shortly.'
  return new UpstreamUnavailableError('moderation_unavailable', message, { cause })
}

/** The newest messages, as far as they fit: older ones were newest once. */
function newest(texts: readonly string[]): string[] {
  let bytes = 0
  const kept: string[] = []
  for (const text of texts.toReversed()) {
    bytes += Buffer.byteLength(text)
    if (bytes > mostBytes) break
    kept.unshift(text)
  }
  if (kept.length > 0) return kept
  throw new InvalidRequestError('input_too_long', `The message is longer than moderation reads at once (${mostBytes} bytes).`, {
    details: { input_bytes: bytes, max_input_bytes: mostBytes },
  })
}

/** The categories for which a text is refused; undefined where none is. */
async function flaggedBy<Out>(
  { upstream }: GatewayContext,
  call: Call<Out>,
  { model, categories }: ModerationRule,
  input: readonly string[],
  handle: (check: Call<Buffer>) => Promise<CallEnd>,
): Promise<string[] | undefined> {
  const request = kinds.moderations.parse(Buffer.from(JSON.stringify({ model, input })), undefined)
  const attempt = kindAttempt(upstream, kinds.moderations, request)
  const { sink, body } = collectAnswer()
  const { error } = await handle({
    callId: newId(),
    // The operator chose the model: what the client and its key may call says nothing of it.
    client: { ...call.client, guardrails: undefined },
    key: undefined,
    source: 'guardrail',
    conversationId: call.conversationId,
    phone: call.phone,
    demand: request,
    attempt: (options, sink) =>
      attempt({ ...options, timeouts: { ...options.timeouts, totalMs: Math.min(options.timeouts.totalMs, mostMs) } }, sink),
    sink,
    callerGone: call.callerGone,
  })
  if (error) throw error
  call.callerGone.throwIfAborted()
  return readVerdict(JSON.parse(body().toString('utf8')), input.length, categories)
}

/** One result for each text. Throws for an answer that judges not all of them. */
function readVerdict({ results }: { results: unknown[] }, texts: number, chosen: readonly string[] | undefined): string[] | undefined {
  const verdicts = results.filter(isVerdict)
  if (verdicts.length !== texts) throw new UpstreamBrokenError('malformed_response', 'The moderation did not judge every text')
  const named = new Set(verdicts.flatMap(({ categories }) => Object.keys(categories).filter((name) => categories[name] === true)))
  const refused = chosen ? chosen.filter((name) => named.has(name)) : [...named].sort()
  // Mistral's models name categories without a word on the whole: https://docs.mistral.ai/capabilities/guardrailing
  const isFlagged = refused.length > 0 || (!chosen && verdicts.some(({ flagged }) => flagged === true))
  return isFlagged ? refused : undefined
}

interface Verdict {
  flagged?: unknown
  categories: Record<string, unknown>
}

function isVerdict(value: unknown): value is Verdict {
  if (typeof value !== 'object' || value === null || !('categories' in value)) return false
  return typeof value.categories === 'object' && value.categories !== null
}
