import { byHand, type Check, type CheckResult, fail, pass } from './check.ts'
import type { Facts, OwnProviderFact } from './gather-facts.ts'

/** What the guide does not ask and an operator wants to know. */
export function runOwnChecks(facts: Facts): Check[] {
  const results: [name: string, result: CheckResult][] = [
    [
      'PostgreSQL',
      pass(`${facts.postgres}, ${facts.isEmbedded ? 'inside the data directory' : 'by DATABASE_URL'}; vault: ${facts.vaultKind}`),
    ],
    ['Schema', pass(facts.applied.length === 0 ? 'up to date' : `brought up to date just now: ${facts.applied.join(', ')}`)],
    ['Models', facts.modelCount > 0 ? pass(`${facts.modelCount} may be called`) : fail('the registry is empty', 'npx catraca models sync')],
    ['Exchange rate', judgeRate(facts)],
    ...facts.ownProviders.map((fact): [string, CheckResult] => [`Provider ${fact.provider.entry.name}`, judgeProvider(fact)]),
  ]
  return results.map(([name, result]) => ({ number: undefined, name, ...result }))
}

function judgeRate({ quote }: Facts): CheckResult {
  if (!quote) return fail('none is known: budgets in reais refuse calls', 'set USD_BRL_RATE, or let the gateway reach the Banco Central')
  const found = `R$ ${quote.rate} a dollar (${quote.source}, ${quote.quotedAt.toISOString().slice(0, 10)})`
  return quote.stale
    ? byHand(`${found}: older than 72 h`, 'let the gateway reach the Banco Central (EXCHANGE_RATE_URL), or set USD_BRL_RATE')
    : pass(found)
}

function judgeProvider({ provider: { entry, isActive }, models, problem }: OwnProviderFact): CheckResult {
  if (!isActive) return byHand('switched off', `npx catraca sql -c "update providers set is_active = true where name = '${entry.name}'"`)
  if (problem !== undefined) return fail(problem, `npx catraca provider add ${entry.name} --key-stdin, or other flags, changes it`)
  if (models > 0) return pass(`${models} ${models === 1 ? 'model' : 'models'}`)
  return byHand('it has no model in the registry', `npx catraca models add ${entry.name}/MODEL --input PRICE --output PRICE`)
}
