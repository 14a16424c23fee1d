import { byHand, type Check, type CheckResult, fail, pass } from './check.ts'
import type { Facts, OwnProviderFact } from './gather-facts.ts'

/** What the guide does not ask and an operator wants to know. */
export function runOwnChecks(facts: Facts): Check[] {
  const results: [name: string, result: CheckResult][] = [
    [
      'PostgreSQL',
      pass(`${facts.postgres}, ${facts.isEmbedded ? 'inside the data directory' : 'by DATABASE_URL'}; vault: ${facts.vaultKind}`),
    ],
    ['Schema', judgeSchema(facts)],
    ['Models', facts.modelCount > 0 ? pass(`${facts.modelCount} may be called`) : fail('the registry is empty', 'npx catraca models sync')],
    ['Exchange rate', judgeRate(facts)],
    ...facts.ownProviders.map((fact): [string, CheckResult] => [`Provider ${fact.provider.entry.name}`, judgeProvider(fact)]),
  ]
  return [...results.map(([name, result]) => ({ number: undefined, name, ...result })), ...facts.limited]
}

function judgeSchema({ applied, migrations: { missing, unknown } }: Facts): CheckResult {
  if (missing.length > 0) return fail(`not applied: ${missing.join(', ')}`, 'npx catraca migrate, then start the gateway again')
  if (unknown.length > 0) {
    return byHand(
      `newer than this program, which runs on it: ${unknown.join(', ')}`,
      'update this Catraca when every gateway has been (git pull, then npm run up)',
    )
  }
  return pass(applied.length === 0 ? 'up to date' : `brought up to date just now: ${applied.join(', ')}`)
}

function judgeRate({ quote, clientsInReais: clients, nowMs }: Facts): CheckResult {
  const who = `${clients === 0 ? 'no client has' : clients === 1 ? '1 client has' : `${clients} clients have`} a budget in reais`
  if (!quote)
    return fail(`none is known: budgets in reais refuse calls; ${who}`, 'set USD_BRL_RATE, or let the gateway reach the Banco Central')
  const hours = Math.max(0, Math.floor((nowMs - quote.quotedAt.getTime()) / 3_600_000))
  const age = hours < 96 ? `${hours} h` : `${Math.floor(hours / 24)} days`
  const found = `R$ ${quote.rate} a dollar (${quote.source}, ${quote.quotedAt.toISOString().slice(0, 10)})`
  if (quote.source === 'env') return pass(`${found}; ${who}`)
  return quote.stale
    ? byHand(
        `${found}: ${age} old, more than 72 h; ${who}`,
        'let the gateway reach the Banco Central (EXCHANGE_RATE_URL), or set USD_BRL_RATE',
      )
    : pass(`${found}, ${age} old; ${who}`)
}

function judgeProvider({ provider: { entry, isActive }, models, problem }: OwnProviderFact): CheckResult {
  if (!isActive) return byHand('switched off', `npx catraca sql -c "update providers set is_active = true where name = '${entry.name}'"`)
  if (problem !== undefined) return fail(problem, `npx catraca provider add ${entry.name} --key-stdin, or other flags, changes it`)
  if (models > 0) return pass(`${models} ${models === 1 ? 'model' : 'models'}`)
  return byHand('it has no model in the registry', `npx catraca models add ${entry.name}/MODEL --input PRICE --output PRICE`)
}
