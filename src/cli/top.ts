import { budgetToJson } from '../ledger/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { answer } from './terminal.ts'
import { gatherTop, type TopFigures, type TopMemory } from './top/gather-top.ts'
import { renderTop } from './top/render-top.ts'
import { watchTop } from './top/watch-top.ts'
import { withStore } from './with-store.ts'

interface TopOptions extends CommandOptions {
  once?: boolean
}

export const addTopCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('top')
    .description('live: who calls, which targets answer, what is held, what waits; a new look each second, q quits')
    .option('--once', 'one look as text; also where the output is no terminal')
  example(withJson(onStore(command)), 'npx catraca top', 'npx catraca top --once', 'npx catraca top --json').action((options: TopOptions) =>
    withStore(terminal, options, async (store, config) => {
      const { stdin, stdout } = process
      if (options.once || options.json || !terminal.isInteractive || !stdout.isTTY) {
        const figures = await gatherTop(store, config)
        answer(terminal, options, toJson(figures), () => renderTop(figures, terminal))
        return
      }
      const memory: TopMemory = { costsAtMs: 0, costs: new Map() }
      await watchTop({ input: stdin, output: stdout }, async () => renderTop(await gatherTop(store, config, memory), terminal))
    }),
  )
}

function toJson({ at, clients, targets, open, alerts, deadLetters, gateway }: TopFigures) {
  return {
    at,
    clients: clients.map(({ budget, todayBrl, ...client }) => ({
      ...client,
      today_brl: todayBrl,
      budget: budget ? budgetToJson(budget) : null,
    })),
    targets,
    open,
    alerts_last_hour: alerts,
    dead_letters: deadLetters,
    gateway: gateway && {
      url: gateway.url,
      calls_under_way: gateway.callsUnderWay,
      spool_records: gateway.spoolRecords,
      spool_bytes: gateway.spoolBytes,
      spool_age_seconds: gateway.spoolAgeSeconds,
      resident_bytes: gateway.residentBytes,
      busy: gateway.busy,
      database_waiting: gateway.databaseWaiting,
      failing_targets: gateway.failingTargets,
    },
  }
}
