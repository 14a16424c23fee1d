import { providers } from '../../providers/index.ts'
import { byHand, type Check, type CheckResult, fail, pass } from './check.ts'
import type { Facts, KeyFact } from './gather-facts.ts'

/** The guide's checklist, in its order and its words. */
const checklist: readonly [name: string, judge: (facts: Facts) => CheckResult][] = [
  ['Vercel account created', (facts) => judgeAccount(facts)],
  ['Gateway API key created (vck_…)', (facts) => judgeGatewayKey(facts)],
  ['OpenAI API key obtained (sk-proj-…)', (facts) => judgeRequiredKey(facts, 'openai')],
  ['Groq API key obtained (gsk_…)', (facts) => judgeRequiredKey(facts, 'groq')],
  ['Anthropic API key (optional)', (facts) => judgeOptionalKey(facts, 'anthropic')],
  ['Google API key (optional)', (facts) => judgeOptionalKey(facts, 'google')],
  ['ENABLE_AI_GATEWAY=true in .env.local', (facts) => judgeFlag(facts)],
  ['Server restarted', (facts) => judgeServer(facts)],
  ['5 keys added to the vault', (facts) => judgeVault(facts)],
  ['Secret ids noted', (facts) => judgeIds(facts)],
  ['shared_gateway_config updated with the secret ids', (facts) => judgeConfig(facts)],
  ['Test client chosen', (facts) => judgeClient(facts)],
  ['clients.use_ai_gateway = true for the test client', (facts) => judgeClientFlag(facts)],
  ['Budget created (optional)', (facts) => judgeBudget(facts)],
  ['Test by /api/test/gateway works', (facts) => judgeTestCall(facts)],
  ['Rows appear in gateway_usage_logs', (facts) => judgeRows(facts)],
  ['The budget moves', (facts) => judgeMovement(facts)],
]

export function runChecklist(facts: Facts): Check[] {
  return checklist.map(([name, judge], index) => ({ number: index + 1, name, ...judge(facts) }))
}

type KeyName = KeyFact['slot']['key']

function keyOf({ keys }: Facts, name: KeyName): KeyFact | undefined {
  return keys.find(({ slot }) => slot.key === name)
}

function store(name: KeyName): string {
  return `npx catraca setup --${name}-key …`
}

function judgeAccount(facts: Facts): CheckResult {
  if (keyOf(facts, 'gateway')?.id !== undefined) return pass('there is a gateway key, so there is an account')
  if (facts.route === 'direct') return pass('not needed: route is direct')
  return byHand('cannot be seen from here', 'https://vercel.com/ → AI')
}

function judgeGatewayKey(facts: Facts): CheckResult {
  const key = keyOf(facts, 'gateway')
  if (key?.problem !== undefined) return fail(key.problem, store('gateway'))
  if (key?.id !== undefined) return pass('stored')
  if (facts.route === 'direct') return pass('not needed: route is direct')
  return fail('not stored', `${store('gateway')}; to do without it, set shared_gateway_config.route to 'direct'`)
}

function judgeRequiredKey(facts: Facts, name: KeyName): CheckResult {
  const key = keyOf(facts, name)
  if (key?.problem !== undefined) return fail(key.problem, store(name))
  return key?.id === undefined ? fail('not stored', store(name)) : pass('stored')
}

function judgeOptionalKey(facts: Facts, name: KeyName): CheckResult {
  const result = judgeRequiredKey(facts, name)
  return keyOf(facts, name)?.id === undefined ? byHand('not stored; only its own models need it', store(name)) : result
}

function judgeFlag({ isEnabled }: Facts): CheckResult {
  return isEnabled
    ? pass('set')
    : fail('not set: every call is refused', 'write ENABLE_AI_GATEWAY=true into .env.local and start the gateway again')
}

function judgeServer({ gatewayUrl, port }: Facts): CheckResult {
  if (gatewayUrl !== undefined) return pass(`the gateway answers on ${gatewayUrl}`)
  return byHand(`no gateway answers on port ${port}`, 'npx catraca up')
}

function judgeVault({ keys }: Facts): CheckResult {
  const stored = keys.filter(({ id }) => id !== undefined)
  const missing = keys.filter(({ id }) => id === undefined).map(({ slot }) => providers[slot.provider].displayName)
  if (missing.length === 0) return pass(`${stored.length} of ${keys.length}`)
  const detail = `${stored.length} of ${keys.length}; without: ${missing.join(', ')}`
  return stored.length === 0 ? fail(detail, 'npx catraca setup') : byHand(detail, 'npx catraca setup adds more at any time')
}

function judgeIds({ keys }: Facts): CheckResult {
  const broken = keys.filter(({ problem }) => problem?.startsWith('Failed to decrypt key') === true)
  if (broken.length > 0) return fail(broken.map(({ problem }) => problem).join('; '), 'store the key again: npx catraca setup')
  if (keys.every(({ id }) => id === undefined)) return byHand('nothing is stored yet', 'catraca setup notes and links them itself')
  return pass('each linked id is in the vault and opens')
}

function judgeConfig({ route, keys, ownProviders }: Facts): CheckResult {
  if (route === undefined)
    return fail(
      'No shared configuration found: the table has no row',
      'npx catraca sql -c "insert into shared_gateway_config default values"',
    )
  if (keys.some(({ id }) => id !== undefined)) return pass(`linked; route ${route}`)
  if (ownProviders.length > 0)
    return byHand('no key is linked; there are providers of your own', 'npx catraca setup adds the built-in ones')
  return fail('Gateway enabled but no config found: no key is linked', 'npx catraca setup')
}

function judgeClient({ testClient, clientCount }: Facts): CheckResult {
  if (!testClient) return fail('there is no client', 'npx catraca client add --slug SLUG --name NAME --enable')
  return pass(`${testClient.slug} (of ${clientCount})`)
}

function judgeClientFlag({ testClient }: Facts): CheckResult {
  if (!testClient) return fail('there is no client', 'npx catraca client add --slug SLUG --name NAME --enable')
  if (!testClient.isActive) return fail(`${testClient.slug} is suspended`, "set its status to 'active'")
  return testClient.usesGateway
    ? pass(`${testClient.slug} may use the gateway`)
    : fail(`${testClient.slug} may not`, `npx catraca client enable ${testClient.slug}`)
}

function judgeBudget({ budgets, testClient }: Facts): CheckResult {
  if (budgets.length > 0)
    return pass(budgets.map(({ type, period, isHard }) => `${type} ${period} (${isHard ? 'hard' : 'soft'})`).join(', '))
  return byHand(
    'none: the client is unlimited',
    `npx catraca budget set ${testClient?.slug ?? 'SLUG'} --type brl --limit 50 --period monthly --hard`,
  )
}

function judgeTestCall({ latestTest, port }: Facts): CheckResult {
  const curl = `curl http://localhost:${port}/api/test/gateway`
  if (!latestTest) return byHand('not tried yet', curl)
  const when = latestTest.created_at.toISOString()
  if (latestTest.status === 'ok') return pass(`${latestTest.model_name} answered, ${when}`)
  return fail(`the last one ended as ${latestTest.error_code ?? latestTest.status}, ${when}`, `put that right, then ${curl}`)
}

function judgeRows({ latestCall, books, port }: Facts): CheckResult {
  if (books.deadLetters > 0) {
    return fail(`${books.deadLetters} records could not be booked`, 'npx catraca sql -c "select error, record from usage_dead_letters"')
  }
  if (!latestCall) return byHand('no call was made yet', `curl http://localhost:${port}/api/test/gateway`)
  return pass(`the newest is of ${latestCall.created_at.toISOString()}, ${latestCall.total_tokens} tokens`)
}

function judgeMovement({ budgets, books }: Facts): CheckResult {
  if (books.unbalanced.length > 0) {
    return fail(
      `a counter is not the sum of its rows: ${books.unbalanced.join('; ')}`,
      'this must not happen: please report it with these figures',
    )
  }
  const moved = budgets.filter(({ used }) => used > 0n)
  if (moved.length > 0)
    return pass(
      `${moved.map(({ type, period, percentage }) => `${type} ${period} at ${percentage} %`).join(', ')}; each counter is the sum of its rows`,
    )
  return byHand(
    budgets.length === 0 ? 'there is no budget to move' : 'nothing was used in this period yet',
    'make a call, then npx catraca usage',
  )
}
