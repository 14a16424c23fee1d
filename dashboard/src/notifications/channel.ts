import { Mail, MessageCircle, Webhook } from 'lucide-react'
import { alertKinds } from '../alerts/index.ts'
import type { Answer } from '../api/index.ts'
import type { Tone } from '../ui/badge.tsx'

export type Channel = Answer<'GET /notification-channels'>[number]
export type Kind = Channel['kind']
export type AlertKind = NonNullable<Channel['alert_kinds']>[number]
type Status = Answer<'GET /alerts/:id/deliveries'>[number]['status']

export const channelsPath = '/api/admin/notification-channels'
export const channelPath = (id: string) => `${channelsPath}/${id}`

export const signs = { email: Mail, webhook: Webhook, whatsapp: MessageCircle } as const satisfies Record<Kind, unknown>

export const statusTones = { pending: 'warning', sent: 'success', failed: 'danger', given_up: 'danger' } as const satisfies Record<
  Status,
  Tone
>

/** What may be chosen: a client hears of its budgets, and of contacts who wait for a person. */
export function kindsFor(isClients: boolean): readonly AlertKind[] {
  return isClients ? ['budget_threshold', 'budget_exceeded', 'handed_off'] : alertKinds
}

/** As the server wants it: null is all, so that kinds of later versions are among them. */
export function toAlertKinds(chosen: readonly AlertKind[], isClients: boolean): AlertKind[] | null {
  const offered = kindsFor(isClients)
  const kept = offered.filter((kind) => chosen.includes(kind))
  return kept.length === offered.length ? null : kept
}

/** What the server would refuse of an address, before it is asked: the kind of what is wrong with it. */
export function addressProblem(kind: Kind, text: string): 'missing' | Kind | undefined {
  const address = text.trim()
  if (address === '') return 'missing'
  const forms: Record<Kind, RegExp> = {
    email: /^[^\s@<>,;:"()[\]\\]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u,
    webhook: /^https?:\/\/[^\s/]/,
    whatsapp: /^\+?[1-9]\d{7,14}$/,
  }
  return forms[kind].test(address) ? undefined : kind
}
