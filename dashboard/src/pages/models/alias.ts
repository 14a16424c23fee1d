import type { Answer, Body } from '../../api/index.ts'
import { readNames } from './model.ts'

export type Alias = Answer<'GET /routes'>[number]
export const strategies = ['ordered', 'weighted', 'cheapest', 'fastest'] as const
export const timeouts = ['connect_ms', 'first_byte_ms', 'idle_ms', 'total_ms'] as const

/** The form of an alias: all text, as it is typed. */
export interface AliasValues {
  alias: string
  /** A slug; empty: of all clients. */
  client: string
  strategy: (typeof strategies)[number]
  targets: { model: string; via: '' | 'vercel' | 'direct'; weight: string }[]
  /** The client's chain, none at all, or the names in `fallbacks`. */
  chain: 'client' | 'none' | 'own'
  fallbacks: string
  hedge: string
  downgradeModel: string
  downgradeThreshold: string
  connect_ms: string
  first_byte_ms: string
  idle_ms: string
  total_ms: string
}

const text = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value))

export function toValues(alias: Alias | undefined): AliasValues {
  const fallbacks = alias?.fallbacks
  return {
    alias: alias?.alias ?? '',
    client: alias?.client ?? '',
    strategy: alias?.strategy ?? 'ordered',
    targets: alias?.targets.map(({ model, via, weight }) => ({ model, via: via ?? '', weight: text(weight) })) ?? [
      { model: '', via: '', weight: '' },
    ],
    chain: fallbacks === null || fallbacks === undefined ? 'client' : fallbacks.length === 0 ? 'none' : 'own',
    fallbacks: (fallbacks ?? []).join('\n'),
    hedge: text(alias?.hedge_after_ms),
    downgradeModel: alias?.downgrade?.model ?? '',
    downgradeThreshold: text(alias?.downgrade?.threshold),
    connect_ms: text(alias?.timeouts.connect_ms),
    first_byte_ms: text(alias?.timeouts.first_byte_ms),
    idle_ms: text(alias?.timeouts.idle_ms),
    total_ms: text(alias?.timeouts.total_ms),
  }
}

/** Whole, so that what was emptied is taken away. */
export function toBody(values: AliasValues): Body<'PUT /routes/:alias'> {
  const times = timeouts.flatMap((name) => (values[name].trim() === '' ? [] : [[name, Number(values[name])] as const]))
  return {
    strategy: values.strategy,
    targets: values.targets.map(({ model, via, weight }) => ({
      model: model.trim(),
      ...(via !== '' && { via }),
      ...(values.strategy === 'weighted' && weight.trim() !== '' && { weight: Number(weight) }),
    })),
    fallbacks: values.chain === 'client' ? null : values.chain === 'none' ? [] : readNames(values.fallbacks),
    hedge_after_ms: values.hedge.trim() === '' ? null : Number(values.hedge),
    downgrade:
      values.downgradeModel.trim() === ''
        ? null
        : { model: values.downgradeModel.trim(), threshold: Number(values.downgradeThreshold.replace(',', '.')) },
    timeouts: times.length === 0 ? null : Object.fromEntries(times),
  }
}
