import { type Command, InvalidArgumentError } from 'commander'
import { clearGuardrails, getClient, setGuardrails } from '../clients/index.ts'
import { type Guardrails, type PiiKind, piiKinds } from '../guardrails/index.ts'
import { identifyModels } from '../pricing/index.ts'
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
}

export const addGuardrailsCommands: AddCommands = (program, terminal) => {
  const group = program.command('guardrails').description("what a client's calls are looked at for before they go anywhere")
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
  example(
    withJson(onStore(command)),
    'npx catraca guardrails set luisboff --mask all --max-input 8000',
    'npx catraca guardrails set luisboff --block cripto "aposta online" --models openai/gpt-4o-mini',
  ).action((which: string, options: SetOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const { slug } = await getClient(owner, which)
      const guardrails = await setGuardrails(owner, slug, {
        maskPii: unlessNone(options.mask),
        maxInputTokens: unlessNone(options.maxInput),
        allowedModels: isNone(options.models) ? null : await identifyModels(owner, options.models),
        blockedTerms: isNone(options.block) ? null : options.block,
      })
      answer(terminal, options, toJson(guardrails), () => describe(slug, guardrails, terminal))
    }),
  )
}

function isNone(values: readonly string[] | undefined): boolean {
  return values?.length === 1 && values[0] === 'none'
}

function parseKinds(text: string): readonly PiiKind[] {
  if (text === 'all') return piiKinds
  const kinds = text.split(',').map((kind) => kind.trim())
  const known = kinds.filter((kind): kind is PiiKind => (piiKinds as readonly string[]).includes(kind))
  if (known.length < kinds.length) throw new InvalidArgumentError(`write ${piiKinds.join(', ')} with commas between, all, or none.`)
  return known
}

function describe(slug: string, guardrails: Guardrails | undefined, { locale }: Terminal): string {
  const rules = [
    guardrails?.maskPii.length ? `masks ${guardrails.maskPii.join(', ')}` : undefined,
    guardrails?.maxInputTokens === undefined ? undefined : `takes ${formatCount(guardrails.maxInputTokens, locale)} input tokens at most`,
    guardrails?.allowedModels && `allows ${guardrails.allowedModels.join(', ')}`,
    guardrails?.blockedTerms.length ? `blocks ${guardrails.blockedTerms.map((term) => `"${term}"`).join(', ')}` : undefined,
  ].filter((rule) => rule !== undefined)
  return rules.length === 0 ? `${slug} has no guardrails.` : `${slug} ${rules.join('; ')}.`
}

function toJson(guardrails: Guardrails | undefined) {
  return {
    mask_pii: guardrails?.maskPii ?? [],
    max_input_tokens: guardrails?.maxInputTokens ?? null,
    allowed_models: guardrails?.allowedModels ?? null,
    blocked_terms: guardrails?.blockedTerms ?? [],
  }
}
