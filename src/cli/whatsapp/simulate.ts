import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Queryable } from '../../database/index.ts'
import { type CallStory, getCall, listBudgets } from '../../ledger/index.ts'
import { budgetTable } from '../budget/render-budgets.ts'
import { type CommandOptions, example, onStore, withJson } from '../command.ts'
import { Exit } from '../failure.ts'
import { formatCost, formatCount } from '../format.ts'
import { answer, type Terminal } from '../terminal.ts'

export interface SimulateOptions {
  text: string
  client: string | undefined
  dataDir: string | undefined
}

/** What became of a message that a contact might have written. */
export interface SimulatedAnswer {
  client: { id: string; slug: string }
  isDemo: boolean
  webhook: { status: number; ms: number }
  /** What was sent back, in order, and when the first of it was. */
  replies: string[]
  replyMs: number | undefined
  state: string
  errorCode: string | null
  callId: string | null
}

/** Plays a message through a gateway of its own, and shows the outcome while its database is open. */
export type SimulateWhatsApp = (
  options: SimulateOptions,
  terminal: Terminal,
  show: (outcome: SimulatedAnswer, db: Queryable) => Promise<void>,
) => Promise<void>

const bookedWithinMs = 5_000

export function addSimulate(group: Command, terminal: Terminal, simulate: SimulateWhatsApp | undefined): void {
  const command = group
    .command('simulate')
    .description(
      "the guide's step 8 on this machine: a signed webhook, the answer, its row and the budget. Nothing goes to Meta; the model is really asked",
    )
    .argument('<text>', 'what the contact writes')
    .option('--client <client>', 'slug or id (default: the newest that uses the gateway)')
  example(withJson(onStore(command)), 'npx catraca whatsapp simulate "oi"', 'npx catraca whatsapp simulate "oi" --client luisboff').action(
    async (text: string, options: CommandOptions & { client?: string }) => {
      if (!simulate) throw new Error('whatsapp simulate needs the whole gateway')
      let failed = false
      await simulate({ text, client: options.client, dataDir: options.dataDir }, terminal, async (outcome, db) => {
        const row = outcome.callId === null ? undefined : await untilBooked(db, outcome.callId)
        const budgets = await listBudgets(db, [outcome.client.id])
        failed = outcome.state !== 'done'
        answer(terminal, options, { ...toJson(outcome), row: row ?? null }, () =>
          [...describe(outcome, row, terminal), '', budgetTable(budgets, terminal)].join('\n'),
        )
      })
      if (failed) throw new Exit(1)
    },
  )
}

/** The row is booked a moment after the answer. */
async function untilBooked(db: Queryable, callId: string): Promise<CallStory['rows'][number] | undefined> {
  for (const sinceMs = performance.now(); performance.now() - sinceMs < bookedWithinMs; await delay(50)) {
    const { rows } = await getCall(db, callId)
    if (rows[0]) return rows[0]
  }
  return undefined
}

function describe(outcome: SimulatedAnswer, row: CallStory['rows'][number] | undefined, terminal: Terminal): string[] {
  const { webhook, replies, replyMs, client } = outcome
  const seconds = replyMs === undefined ? '' : ` after ${(replyMs / 1_000).toFixed(1)} s`
  const lines = [`Webhook  ${webhook.status} in ${Math.round(webhook.ms)} ms, signed, for ${client.slug}`]
  if (replies.length === 0) lines.push(`Reply    none (${outcome.state}: ${outcome.errorCode ?? 'no reason'})`)
  for (const reply of replies) lines.push(`Reply   ${seconds}: ${reply}`.replace('Reply   :', 'Reply    '))
  if (row) {
    const tokens = `${formatCount(row.total_tokens, terminal.locale)} tokens`
    const cost = formatCost(row.cost_brl, 'brl', terminal.locale)
    lines.push(`Row      ${row.call_id}: source ${row.source}, ${row.model_name} via ${row.via ?? '-'}, ${tokens}, ${cost}, ${row.status}`)
  } else lines.push(`Row      none${outcome.errorCode === null ? '' : `: ${outcome.errorCode}`}`)
  if (outcome.isDemo) lines.push('Demo     no provider key is stored: an emulator answered')
  return lines
}

function toJson({ client, isDemo, webhook, replies, replyMs, state, errorCode, callId }: SimulatedAnswer) {
  return {
    client: client.slug,
    is_demo: isDemo,
    webhook: { status: webhook.status, ms: Math.round(webhook.ms) },
    replies,
    reply_ms: replyMs === undefined ? null : Math.round(replyMs),
    state,
    error_code: errorCode,
    call_id: callId,
  }
}
