import { findIgnoredSettings } from '../config/index.ts'
import { type Check, type CheckStatus, gatherFacts, runChecklist, runOwnChecks } from '../gateway/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { Exit } from './failure.ts'
import { findRunningGateway } from './find-running-gateway.ts'
import { pad, printable, widest, width } from './table.ts'
import { answer, type Style, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface DoctorOptions extends CommandOptions {
  online?: boolean
}

export const addDoctorCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('doctor')
    .description(
      "say what is missing and how to mend it: the set-up guide's 17 checks, and this gateway's own. Spends nothing. Exit code 1 if one fails",
    )
    .option(
      '--online',
      'also ask each provider whether its key is good (free), the Banco Central for the rate, and the mail server whether it lets us in',
    )
  example(withJson(onStore(command)), 'npx catraca doctor', 'npx catraca doctor --online').action(async (options: DoctorOptions) => {
    const checks = await withStore(terminal, options, async (store, config) => {
      const facts = await gatherFacts(store, config, {
        online: options.online === true,
        thorough: true,
        gatewayUrl: await findRunningGateway(config.host, config.port),
      })
      return [...runChecklist(facts), ...runOwnChecks(facts), ...judgeSettings(terminal)]
    })
    const failed = checks.filter(({ status }) => status === 'fail').length
    answer(terminal, options, { ok: failed === 0, checks }, () => describe(checks, terminal))
    if (failed > 0) throw new Exit(1)
  })
}

/** The running gateway may have been started elsewhere: these are this folder's and this shell's. */
function judgeSettings({ env }: Terminal): Check[] {
  const ignored = findIgnoredSettings(env)
  if (ignored.length === 0) return []
  const fix = 'correct the name; .env.example has every setting'
  return [{ number: undefined, name: 'Settings', status: 'by_hand', detail: ignored.join('; '), fix }]
}

const marks: Record<CheckStatus, { mark: string; style: Style }> = {
  pass: { mark: '✓', style: 'green' },
  fail: { mark: '✗', style: 'red' },
  by_hand: { mark: '☐', style: 'yellow' },
}

/** Longer names have a line of their own in a window, or nothing would be left for what was found. */
const longestName = 36

function describe(checks: readonly Check[], terminal: Terminal): string {
  const { columns = Number.POSITIVE_INFINITY } = terminal
  const length = Math.min(widest(checks.map(({ name }) => name)), Number.isFinite(columns) ? longestName : Number.POSITIVE_INFINITY)
  const indent = ' '.repeat(length + 7)
  const lines = checks.flatMap(({ number, name, status, detail, fix }) => {
    const { mark, style } = marks[status]
    const line = `${pad(number?.toString() ?? '', 2, 'right')} ${terminal.style(style, mark)} ${pad(name, length, 'left')}`
    const found = wrap(printable(detail), columns - indent.length).join(`\n${indent}`)
    const told = width(name) > length ? [line, `${indent}${found}`] : [`${line}  ${found}`]
    // Whole, to be copied: it may be a command.
    return status === 'pass' || fix === undefined ? told : [...told, `     → ${fix}`]
  })
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length
  return [...lines, '', `${count('pass')} pass, ${count('fail')} fail, ${count('by_hand')} by hand or not yet.`].join('\n')
}

/** Between words, into lines of at most `most` characters; a longer word stays whole. */
function wrap(text: string, most: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + 1 + width(word) <= most) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
