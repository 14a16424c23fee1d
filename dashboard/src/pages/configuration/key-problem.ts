import type { Setup, Slot } from './steps.ts'

export type KeyProblem = { code: 'required' | 'blank' | 'characters' | 'short' | 'prefix' } | { code: 'other'; owner: string }

/** What is wrong with the form of a key, by the gateway's own rules: `sk-ant-…` is Anthropic's, though it begins like OpenAI's. */
export function keyProblem(key: string, slot: Slot, keys: Setup['keys']): KeyProblem | undefined {
  const own = keys.find((each) => each.slot === slot)
  if (key === '' || own === undefined) return { code: 'required' }
  if (/\s/.test(key)) return { code: 'blank' }
  if (!/^[\u0021-\u007e]+$/.test(key)) return { code: 'characters' }
  const [owner] = keys.filter(({ prefix }) => key.startsWith(prefix)).sort((a, b) => b.prefix.length - a.prefix.length)
  if (owner === undefined) return { code: 'prefix' }
  if (owner.slot !== slot) return { code: 'other', owner: owner.display_name }
  return key.length <= own.prefix.length ? { code: 'short' } : undefined
}
