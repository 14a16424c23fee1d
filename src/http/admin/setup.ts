import { z } from 'zod'
import { type Facts, runChecklist, runOwnChecks, setSharedRoute, sharedKeySlots, storeSharedKeys } from '../../gateway/index.ts'
import { budgetToJson } from '../../ledger/index.ts'
import { keyProblem, providers } from '../../providers/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'
import { adminRoute, amount, count, time } from '../api/index.ts'
import { budget, clientName } from './budget-schemas.ts'

const slot = z.enum(['gateway', 'openai', 'groq', 'anthropic', 'google'])
const route = z.enum(['auto', 'vercel', 'direct'])
const call = z.object({
  created_at: time,
  status: z.string(),
  error_code: z.string().nullable(),
  provider: z.string(),
  model_name: z.string(),
  total_tokens: count,
  cost_brl: amount.nullable(),
  was_cached: z.boolean(),
})

const setup = z.object({
  /** Numbers 1 to 17 are the guide's boxes; null are checks of ours. Words are for developers: pages say it in their own language. */
  checks: z.array(
    z.object({
      number: z.number().nullable(),
      name: z.string(),
      status: z.enum(['pass', 'fail', 'by_hand']),
      detail: z.string(),
      fix: z.string().nullable(),
    }),
  ),
  is_enabled: z.boolean(),
  is_demo: z.boolean(),
  route: z.string().nullable(),
  gateway_url: z.string().nullable(),
  keys: z.array(
    z.object({
      slot,
      display_name: z.string(),
      /** How such a key begins. */
      prefix: z.string(),
      is_stored: z.boolean(),
      is_optional: z.boolean(),
      secret_id: z.string().nullable(),
      problem: z.string().nullable(),
    }),
  ),
  test_client: z.object({ id: z.string(), slug: z.string(), name: z.string(), use_ai_gateway: z.boolean(), status: z.string() }).nullable(),
  budgets: z.array(budget),
  latest_test: call.nullable(),
  latest_call: call.nullable(),
})

type LatestCall = NonNullable<Facts['latestCall']>
const callToJson = (call: LatestCall) => ({ ...call })

function setupToJson(facts: Facts, isDemo: boolean, guideOnly: boolean) {
  const { testClient: client } = facts
  return {
    checks: [...runChecklist(facts), ...(guideOnly ? [] : runOwnChecks(facts))].map(({ number, name, status, detail, fix }) => ({
      number: number ?? null,
      name,
      status,
      detail,
      fix: fix ?? null,
    })),
    is_enabled: facts.isEnabled,
    is_demo: isDemo,
    route: facts.route ?? null,
    gateway_url: facts.gatewayUrl ?? null,
    keys: facts.keys.map(({ slot: { key, provider, isOptional }, id, problem }) => ({
      slot: key,
      display_name: providers[provider].displayName,
      prefix: providers[provider].keyPrefix,
      is_stored: id !== undefined,
      is_optional: isOptional,
      secret_id: id ?? null,
      problem: problem ?? null,
    })),
    test_client: client
      ? {
          id: client.id,
          slug: client.slug,
          name: client.name,
          use_ai_gateway: client.usesGateway,
          status: client.isActive ? 'active' : 'suspended',
        }
      : null,
    budgets: facts.budgets.map(budgetToJson),
    latest_test: facts.latestTest ? callToJson(facts.latestTest) : null,
    latest_call: facts.latestCall ? callToJson(facts.latestCall) : null,
  }
}

/** The guide's checklist, live, and what fixes its boxes. */
export const setupRoutes = [
  adminRoute({
    method: 'GET',
    url: '/setup',
    summary: 'The setup guide’s 17 checks and a few more, as they stand now',
    access: 'read',
    input: {
      query: z.object({
        online: z.enum(['true', 'false']).default('false'),
        client: clientName.optional(),
        /** Without the checks of ours, which take longer: for whoever asks often. */
        guide_only: z.enum(['true', 'false']).default('false'),
      }),
    },
    output: setup,
    async handle(context, { query }) {
      const guideOnly = query.guide_only === 'true'
      const facts = await context.gatherFacts({ online: query.online === 'true', client: query.client, guideOnly })
      const { isDemo } = await context.sharedConfig.get().catch(() => ({ isDemo: false }))
      return setupToJson(facts, isDemo, guideOnly)
    },
  }),
  adminRoute({
    method: 'PUT',
    url: '/setup/keys/:slot',
    summary: 'Seals a provider key in the vault and links it; what is stored cannot be read again',
    access: 'write',
    input: { params: z.object({ slot }), body: z.strictObject({ key: z.string().min(1).max(1_000) }) },
    output: z.object({ slot, secret_id: z.string(), is_new: z.boolean() }),
    async handle({ owner, vault }, { params, body }) {
      const key = body.key.trim()
      const { provider } = sharedKeySlots.find((each) => each.key === params.slot) as (typeof sharedKeySlots)[number]
      const problem = keyProblem(provider, key)
      if (problem !== undefined) throw new InvalidRequestError('invalid_body', `${problem}. Nothing was stored`)
      const [stored] = await storeSharedKeys({ owner, vault }, new Map([[params.slot, key]]))
      return { slot: params.slot, secret_id: stored?.id ?? '', is_new: stored?.isNew ?? false }
    },
  }),
  adminRoute({
    method: 'PUT',
    url: '/setup/route',
    summary: 'Through Vercel, straight to the providers, or whichever has a key',
    access: 'write',
    input: { body: z.strictObject({ route }) },
    output: z.object({ route }),
    async handle({ owner }, { body }) {
      await setSharedRoute(owner, body.route)
      return body
    },
  }),
  adminRoute({
    method: 'POST',
    url: '/setup/test-call',
    summary: 'The guide’s test: one small call of a client through the whole gateway, with its row',
    access: 'write',
    input: { body: z.strictObject({ client: clientName }) },
    output: z.object({
      text: z.string(),
      model: z.string(),
      provider: z.string(),
      was_cached: z.boolean(),
      latency_ms: z.number(),
      usage: z.object({ promptTokens: z.number(), completionTokens: z.number(), totalTokens: z.number() }),
    }),
    async handle(context, { body }) {
      const test = await context.testGateway(body.client)
      if (!test.enabled) {
        throw new InvalidRequestError('invalid_body', 'The gateway is off, or this client may not use it.')
      }
      const { text, model, provider, wasCached, latencyMs, usage } = test.result
      return { text, model, provider, was_cached: wasCached, latency_ms: latencyMs, usage }
    },
  }),
] as const
