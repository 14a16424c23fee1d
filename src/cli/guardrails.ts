import { type Command, InvalidArgumentError, Option } from 'commander'
import { clearGuardrails, getClient, setGuardrails } from '../clients/index.ts'
import type { Queryable } from '../database/index.ts'
import {
  defaultModerationModel,
  type Guardrails,
  type ModerationRule,
  moderationCategories,
  type PiiKind,
  piiKinds,
} from '../guardrails/index.ts'
import { identifyModels, loadRegistry } from '../pricing/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { formatCount } from './format.ts'
import { parseCount } from './limits.ts'
import { orNone, unlessNone } from './or-none.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface SetOptions extends CommandOptions {
  mask?: PiiKind[] | 'none'
  maxInput?: number | 'none'
  models?: string[]
  block?: string[]
  moderation?: string | true
  moderationCategories?: string[]
  moderationFails?: 'open' | 'closed'
}

export const addGuardrailsCommands: AddCommands = (program, terminal) => {
  const group = program
    .command('guardrails')
    .description("what is masked, blocked or moderated in a client's calls before they go to a provider")
  addSet(group, terminal)
  const show = withJson(onStore(group.command('show').argument('<client>', 'slug or id'))).description("a client's rules")
  example(show, 'npx catraca guardrails show luisboff').action((which: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const { slug, guardrails } = await getClient(owner, which)
      answer(terminal, options, toJson(guardrails), () => describe(slug, guardrails, terminal))
    }),
  )
  const clear = withJson(onStore(group.command('clear').argument('<client>', 'slug or id'))).description('look at nothing any more')
  example(clear, 'npx catraca guardrails clear luisboff').action((which: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const { slug } = await getClient(owner, which)
      await clearGuardrails(owner, slug)
      answer(terminal, options, toJson(undefined), () => describe(slug, undefined, terminal))
    }),
  )
}

function addSet(group: Command, terminal: Terminal): void {
  const command = group
    .command('set')
    .description('set rules; what is not named stays as it is')
    .argument('<client>', 'slug or id')
    .option('--mask <kinds>', `personal data to mask in prompts: ${piiKinds.join(', ')}, all, or none`, orNone(parseKinds))
    .option('--max-input <tokens>', 'input tokens of a call at most (about four bytes each), or none', orNone(parseCount))
    .option('--models <model...>', 'only these models, or none for no rule')
    .option('--block <term...>', 'words and phrases that are refused; case and accents do not matter; none takes them all away')
    .option('--moderation [model]', `ask a model about what users say, ${defaultModerationModel} if none is named; none asks nobody`)
    .option('--moderation-categories <category...>', 'refuse only these categories; none refuses whatever is flagged', checkCategories)
    .addOption(new Option('--moderation-fails <how>', 'a call that could not be judged is refused, or goes on').choices(['closed', 'open']))
  example(
    withJson(onStore(command)),
    'npx catraca guardrails set luisboff --mask all --max-input 8000',
    'npx catraca guardrails set luisboff --moderation --moderation-categories sexual/minors violence --moderation-fails open',
    'npx catraca guardrails set luisboff --block cripto "aposta online" --models openai/gpt-4o-mini',
  ).action((which: string, options: SetOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const { slug } = await getClient(owner, which)
      const guardrails = await setGuardrails(owner, slug, {
        maskPii: unlessNone(options.mask),
        maxInputTokens: unlessNone(options.maxInput),
        allowedModels: isNone(options.models) ? null : await identifyModels(owner, options.models),
        blockedTerms: isNone(options.block) ? null : options.block,
        moderationModel: await moderationModel(owner, options.moderation),
        moderationCategories: isNone(options.moderationCategories) ? null : options.moderationCategories,
        moderationFails: options.moderationFails,
      })
      answer(terminal, options, toJson(guardrails), () => describe(slug, guardrails, terminal))
    }),
  )
}

function isNone(values: readonly string[] | undefined): boolean {
  return values?.length === 1 && values[0] === 'none'
}

async function moderationModel(db: Queryable, wish: string | true | undefined): Promise<string | null | undefined> {
  if (wish === undefined) return undefined
  if (wish === 'none') return null
  // A chat model would judge nothing, and then every call would be refused.
  return (await loadRegistry(db)).get(wish === true ? defaultModerationModel : wish, 'moderation').gatewayIdentifier
}

/** A category that is misspelt would refuse nothing. */
function checkCategories(text: string, earlier: readonly string[] = []): string[] {
  const categories = text.split(',').map((category) => category.trim())
  const known: readonly string[] = ['none', ...moderationCategories]
  if (categories.some((category) => !known.includes(category)))
    throw new InvalidArgumentError(`It must be some of ${moderationCategories.join(', ')}, or none.`)
  return [...earlier, ...categories]
}

function parseKinds(text: string): readonly PiiKind[] {
  if (text === 'all') return piiKinds
  const kinds = text.split(',').map((kind) => kind.trim())
  const known = kinds.filter((kind): kind is PiiKind => (piiKinds as readonly string[]).includes(kind))
  if (known.length < kinds.length) throw new InvalidArgumentError(`It must be ${piiKinds.join(', ')} with commas between, all, or none.`)
  return known
}

function describe(slug: string, guardrails: Guardrails | undefined, { locale }: Terminal): string {
  const rules = [
    guardrails?.maskPii.length ? `masks ${guardrails.maskPii.join(', ')}` : undefined,
    guardrails?.maxInputTokens === undefined ? undefined : `takes ${formatCount(guardrails.maxInputTokens, locale)} input tokens at most`,
    guardrails?.allowedModels && `allows ${guardrails.allowedModels.join(', ')}`,
    guardrails?.blockedTerms.length ? `blocks ${guardrails.blockedTerms.map((term) => `"${term}"`).join(', ')}` : undefined,
    guardrails?.moderation && describeModeration(guardrails.moderation),
  ].filter((rule) => rule !== undefined)
  return rules.length === 0 ? `${slug} has no guardrails.` : `${slug} ${rules.join('; ')}.`
}

function describeModeration({ model, categories, fails }: ModerationRule): string {
  const refused = categories ? `what it flags as ${categories.join(', ')}` : 'what it flags'
  return `refuses ${refused} by ${model}, and ${fails === 'open' ? 'lets through' : 'refuses'} what could not be judged`
}

function toJson(guardrails: Guardrails | undefined) {
  return {
    mask_pii: guardrails?.maskPii ?? [],
    max_input_tokens: guardrails?.maxInputTokens ?? null,
    allowed_models: guardrails?.allowedModels ?? null,
    blocked_terms: guardrails?.blockedTerms ?? [],
    moderation_model: guardrails?.moderation?.model ?? null,
    moderation_categories: guardrails?.moderation?.categories ?? null,
    moderation_fails: guardrails?.moderation?.fails ?? null,
  }
}
