import { z } from 'zod'
import { clearGuardrails, getClient, setGuardrails } from '../../clients/index.ts'
import { defaultModerationModel, moderationCategories, piiKinds } from '../../guardrails/index.ts'
import { adminRoute, count } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'
import { knownModels, modelNames } from './model-names.ts'

const guardrails = z.object({
  mask_pii: z.array(z.enum(piiKinds)),
  max_input_tokens: count.nullable(),
  allowed_models: z.array(z.string()).nullable(),
  blocked_terms: z.array(z.string()),
  /** Null: nobody is asked about what the client's users say. */
  moderation: z.object({ model: z.string(), categories: z.array(z.string()).nullable(), fails: z.enum(['open', 'closed']) }).nullable(),
})

type Guardrails = NonNullable<Awaited<ReturnType<typeof setGuardrails>>>

function guardrailsToJson(rules: Guardrails | undefined) {
  return {
    mask_pii: [...(rules?.maskPii ?? [])],
    max_input_tokens: rules?.maxInputTokens ?? null,
    allowed_models: rules?.allowedModels ? [...rules.allowedModels] : null,
    blocked_terms: [...(rules?.blockedTerms ?? [])],
    moderation: rules?.moderation
      ? { ...rules.moderation, categories: rules.moderation.categories ? [...rules.moderation.categories] : null }
      : null,
  }
}

const params = z.object({ client: clientName })
const url = '/clients/:client/guardrails'

export const guardrailRoutes = [
  adminRoute({
    method: 'GET',
    url,
    summary: 'What the client’s calls are looked at for',
    access: 'read',
    input: { params },
    output: guardrails,
    handle: async ({ owner }, input) => guardrailsToJson((await getClient(owner, input.params.client)).guardrails),
  }),
  adminRoute({
    method: 'PATCH',
    url,
    summary: 'Sets rules; what is not named stays, null takes a rule away',
    access: 'write',
    input: {
      params,
      body: z.strictObject({
        mask_pii: guardrails.shape.mask_pii.nullable().optional(),
        max_input_tokens: z.number().int().min(1).nullable().optional(),
        allowed_models: modelNames.nullable().optional(),
        blocked_terms: z.array(z.string().min(1).max(200)).max(1_000).nullable().optional(),
        moderation: z
          .strictObject({
            model: z.string().min(1).max(200).default(defaultModerationModel),
            categories: z.array(z.enum(moderationCategories)).nullable().optional(),
            fails: z.enum(['open', 'closed']).optional(),
          })
          .nullable()
          .optional(),
      }),
    },
    output: guardrails,
    async handle(context, { params: { client: which }, body }) {
      const { moderation } = body
      await knownModels(context, [...(body.allowed_models ?? []), ...(moderation ? [moderation.model] : [])])
      return guardrailsToJson(
        await setGuardrails(context.owner, which, {
          maskPii: body.mask_pii,
          maxInputTokens: body.max_input_tokens,
          allowedModels: body.allowed_models,
          blockedTerms: body.blocked_terms,
          moderationModel: moderation === null ? null : moderation?.model,
          moderationCategories: moderation === null ? null : moderation?.categories,
          moderationFails: moderation === null ? null : moderation?.fails,
        }),
      )
    },
  }),
  adminRoute({
    method: 'DELETE',
    url,
    summary: 'The client’s calls are no longer looked at',
    access: 'write',
    input: { params },
    output: z.object({ removed: z.literal(true) }),
    async handle({ owner }, input) {
      await clearGuardrails(owner, input.params.client)
      return { removed: true } as const
    },
  }),
] as const
