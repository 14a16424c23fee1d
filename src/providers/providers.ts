import { InvariantError } from '../shared/errors.ts'
import { anthropic } from './anthropic.ts'
import { google } from './google.ts'
import { groq } from './groq.ts'
import { openai } from './openai.ts'
import type { CreatorName, ProviderDescription, ProviderName, Target } from './provider.ts'
import { vercel } from './vercel.ts'

/** Every built-in provider by its name. */
export const providers: Readonly<Record<ProviderName, ProviderDescription>> = { openai, groq, anthropic, google, vercel }

/** Who is asked for a target: the route's own gateway, the operator's own provider, or the model's creator. */
export function providerOf({ via, creator, provider, identifier }: Target): ProviderDescription {
  if (via === 'vercel') return providers.vercel
  if (provider !== undefined) return provider
  if (isCreatorName(creator)) return providers[creator]
  throw new InvariantError('internal', `${identifier} has no provider.`)
}

export const creatorNames: readonly CreatorName[] = ['openai', 'groq', 'anthropic', 'google']

export function isCreatorName(name: string): name is CreatorName {
  return (creatorNames as readonly string[]).includes(name)
}
