/** A header of a request, and what becomes of it. */
export interface RequestHeader {
  name: string
  value: string
  /** `obeyed`: it is for the gateway, and `proof` names the test that shows what it does. */
  fate: 'sent on' | 'not sent on' | 'refused' | 'obeyed'
  note: string
  proof?: string
  /** Where it stands in the table with others that fare alike. */
  label?: string
}

export interface AnswerHeader {
  name: string
  on: string
  note: string
  /** The test that sees it, where an ordinary call does not bring it. */
  proof?: string
}

const rules = 'tests/wire/messages-rules.test.ts'
const traced = 'the provider hears nothing of the caller’s own tracing; `x-catraca-call-id` finds the call’s row'
const account = 'the account is the operator’s'

export const requestHeaders: readonly RequestHeader[] = [
  {
    name: 'authorization',
    value: 'Bearer',
    fate: 'obeyed',
    note: '`Bearer` and the client key; the provider gets the operator’s',
    proof: 'tests/wire/refusals.test.ts',
  },
  {
    name: 'x-api-key',
    value: 'a',
    fate: 'obeyed',
    note: 'the client key, as Anthropic’s SDK sends it',
    proof: 'tests/wire/_support/anthropic.ts',
  },
  {
    name: 'idempotency-key',
    value: 'a',
    fate: 'obeyed',
    note: 'a repeat within 24 hours gets the first answer and is not billed',
    proof: 'tests/wire/_support/keyed.ts',
  },
  {
    name: 'cache-control',
    value: 'no-cache',
    fate: 'obeyed',
    note: '`no-cache`, `no-store`, `max-age`: of the gateway’s own cache',
    proof: 'tests/wire/cache.test.ts',
  },
  {
    name: 'accept-language',
    value: 'pt-BR',
    fate: 'obeyed',
    note: 'the language of errors: English or Brazilian Portuguese',
    proof: 'tests/wire/api/api-headers.test.ts',
  },
  {
    name: 'anthropic-version',
    value: '2020-01-01',
    fate: 'not sent on',
    note: 'taken as it comes or missing; the gateway’s own goes',
    proof: rules,
  },
  {
    name: 'anthropic-beta',
    value: 'context-management-2025-06-27',
    fate: 'sent on',
    note: 'names that change no price and reach nothing that is kept (`src/dialects/anthropic-messages/betas.ts`), to Anthropic and Vercel',
  },
  {
    name: 'anthropic-beta',
    value: 'files-api-2025-04-14',
    fate: 'not sent on',
    label: '`anthropic-beta`, other names',
    note: 'programs name more betas than a call needs',
  },
  {
    name: 'anthropic-workspace-id',
    value: 'w',
    fate: 'refused',
    label: '`anthropic-workspace-id`, `anthropic-user-profile-id`',
    note: 'how a call is billed is not for its caller to say',
  },
  { name: 'openai-organization', value: 'org-a', fate: 'not sent on', note: account },
  { name: 'openai-project', value: 'proj-a', fate: 'not sent on', note: account },
  { name: 'openai-beta', value: 'a=v1', fate: 'not sent on', note: '' },
  {
    name: 'traceparent',
    value: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    fate: 'not sent on',
    label: '`traceparent`, `tracestate`, `baggage`',
    note: traced,
  },
  { name: 'x-request-id', value: 'a', fate: 'not sent on', label: '`x-request-id`, `x-client-request-id`', note: traced },
  {
    name: 'user-agent',
    value: 'app/1',
    fate: 'not sent on',
    note: 'the gateway’s own goes; one that begins with `catraca/` is refused, because a gateway would be calling itself',
  },
  { name: 'x-stainless-lang', value: 'js', fate: 'not sent on', label: '`x-stainless-*`', note: 'what SDKs say of themselves' },
  { name: 'x-forwarded-for', value: '203.0.113.7', fate: 'not sent on', note: '`/api/test/gateway` does not answer where it is there' },
  { name: 'x-catraca-call-id', value: 'a', fate: 'not sent on', label: '`x-catraca-*`', note: 'none is read' },
  { name: 'x-a-header-of-tomorrow', value: 'a', fate: 'not sent on', label: 'any other header', note: '' },
]

const all = 'all'
const answers = 'answers'
const errors = 'errors'
const limits = 'where limits are set'

export const answerHeaders: readonly AnswerHeader[] = [
  { name: 'x-catraca-call-id', on: all, note: 'the call in the usage table; `catraca explain` takes it' },
  { name: 'x-request-id', on: all, note: 'the same, as OpenAI’s SDKs read it' },
  { name: 'request-id', on: all, note: 'the same, as Anthropic’s SDK reads it' },
  { name: 'cache-control', on: all, note: '`no-store`' },
  { name: 'x-content-type-options', on: all, note: '`nosniff`' },
  { name: 'x-catraca-cache', on: all, note: '`hit`, `miss` or `off`' },
  { name: 'x-catraca-provider', on: answers, note: 'who answered' },
  { name: 'x-catraca-model', on: answers, note: 'by the registry’s name; what is not ASCII is percent-encoded' },
  { name: 'x-catraca-via', on: answers, note: '`direct` or `vercel`' },
  {
    name: 'x-catraca-fallback',
    on: answers,
    note: 'why another target answered than the first; not there when the first did',
    proof: 'tests/wire/fallback.test.ts',
  },
  { name: 'x-catraca-cost-usd', on: 'whole answers', note: 'as a decimal; a stream’s cost is known at its end, and is on the row' },
  { name: 'x-catraca-cost-brl', on: 'whole answers', note: 'the same in reais, where a rate is known' },
  { name: 'x-catraca-count', on: '`count_tokens`', note: '`provider` or `estimate`' },
  { name: 'idempotent-replayed', on: 'repeats', note: '`true`: an `Idempotency-Key` had this answer before' },
  { name: 'x-ratelimit-limit-requests', on: limits, note: 'in a minute; as OpenAI sends them' },
  { name: 'x-ratelimit-remaining-requests', on: limits, note: '' },
  { name: 'x-ratelimit-reset-requests', on: limits, note: '`1s`, `6m0s`, `120ms`' },
  { name: 'x-ratelimit-limit-tokens', on: limits, note: '' },
  { name: 'x-ratelimit-remaining-tokens', on: limits, note: '' },
  { name: 'x-ratelimit-reset-tokens', on: limits, note: '' },
  { name: 'x-should-retry', on: errors, note: '`true` or `false`: SDKs obey it' },
  { name: 'retry-after', on: 'errors that waiting cures', note: 'whole seconds', proof: 'tests/wire/upstream-errors.test.ts' },
  { name: 'retry-after-ms', on: 'errors that waiting cures', note: '', proof: 'tests/wire/upstream-errors.test.ts' },
  { name: 'x-accel-buffering', on: 'streams', note: '`no`: proxies hand on what comes' },
]
