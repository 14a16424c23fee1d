import type { RefusingBudget } from '../ledger/index.ts'
import type { ReachedCap, ReachedLimit } from '../limits/index.ts'
import type { ErrorCode, GatewayError } from '../shared/errors.ts'
import { formatBrl, formatUsd, nanoBrl, nanoUsd, toDecimal } from '../shared/money.ts'

export type Language = 'pt-BR' | 'en'

/** The language that the caller asks for, else the client's, else Portuguese. */
export function chooseLanguage(acceptLanguage: string | undefined, clientLanguage: Language | undefined): Language {
  for (const tag of acceptLanguage?.toLowerCase().split(',') ?? []) {
    if (tag.trim().startsWith('pt')) return 'pt-BR'
    if (tag.trim().startsWith('en')) return 'en'
  }
  return clientLanguage ?? 'pt-BR'
}

/**
 * The same error with the message, and the page that explains it, in that language. A budget refusal says which budget, its figures and when it resets, in words and in
 * `details.budget`: tokens as numbers, money as exact decimal strings of reais or dollars.
 */
export function localizeError(error: GatewayError, language: Language): GatewayError {
  const budget = error.details.budget as RefusingBudget | undefined
  const message =
    (budget ? explainBudget(error.code, budget, language) : language === 'pt-BR' ? inPortuguese(error) : undefined) ?? error.message
  const details = budget ? { ...error.details, budget: inUnits(budget) } : error.details
  return Object.create(error, {
    publicMessage: { value: message },
    message: { value: message },
    details: { value: details },
    documentationPath: { value: language === 'pt-BR' ? `/docs/pt-BR/errors#${error.code}` : error.documentationPath },
  }) as GatewayError
}

/** As the operator wrote the limit down: `{ "type": "brl", "limit": "10", "used": "9.9985", … }`. */
function inUnits(budget: RefusingBudget) {
  const { id: _id, type, period, limit, used, reserved, resets_at, time_zone, raised_until } = budget
  const show = (amount: number) => (type === 'tokens' ? amount : toDecimal(nanoBrl(BigInt(amount))))
  const remaining = Math.max(0, limit - used)
  return {
    type,
    period,
    limit: show(limit),
    ...(raised_until !== null && { raised_until }),
    used: show(used),
    reserved: show(reserved),
    remaining: show(remaining),
    resets_at,
    time_zone,
  }
}

const portuguese: Partial<Record<ErrorCode, string>> = {
  body_too_large: 'O corpo da requisição passa do limite.',
  content_blocked: 'A mensagem contém um termo bloqueado para este cliente.',
  input_too_long: 'A entrada é mais longa do que este cliente pode enviar.',
  key_missing: 'Falta a chave do cliente: envie "Authorization: Bearer ctk_…". Uma chave se cria com `catraca key create`.',
  key_unknown: 'Esta chave de cliente não é conhecida.',
  key_revoked: 'Esta chave de cliente foi revogada ou venceu.',
  origin_mismatch: 'Este pedido veio de uma página de outro endereço.',
  gateway_disabled: 'O gateway está desligado, ou não está habilitado para este cliente.',
  model_not_allowed: 'Esta chave não pode usar este modelo.',
  idempotency_key_reused: 'Esta Idempotency-Key já foi usada com outra requisição. Use uma chave nova.',
  idempotency_in_progress: 'A primeira chamada com esta Idempotency-Key ainda está em andamento. Tente de novo em instantes.',
  idempotency_outcome_unknown:
    'A primeira chamada com esta Idempotency-Key se perdeu com o processo que a executava. Ela é cobrada por estimativa e não é repetida: use uma chave nova.',
  idempotency_answer_not_kept:
    'A primeira chamada com esta Idempotency-Key terminou e foi cobrada, mas a resposta não foi guardada. Use uma chave nova.',
  gateway_busy:
    'O gateway tem em andamento tantas requisições, ou tantas das grandes, quantas a sua memória permite. Tente de novo em instantes.',
  upstream_rate_limited: 'O provedor está limitando as requisições. Tente de novo em instantes.',
  upstream_overloaded: 'O provedor está sobrecarregado. Tente de novo em instantes.',
  upstream_timeout: 'O provedor não respondeu a tempo.',
  upstream_unreachable: 'O provedor não pôde ser alcançado.',
  moderation_unavailable: 'A moderação não respondeu, e nada deste cliente é enviado sem ela. Tente de novo em instantes.',
  content_flagged: 'A mensagem foi recusada pela moderação.',
  stream_cut: 'O provedor interrompeu a resposta.',
  malformed_response: 'O provedor enviou uma resposta que não faz sentido.',
  ledger_unavailable: 'O livro de orçamentos está fora do ar, então nenhum orçamento pôde ser verificado. Tente de novo em instantes.',
  internal: 'Erro interno: a chamada não foi concluída. O id da chamada a identifica no log.',
}

const noRoomInPortuguese =
  'Este gateway não tem espaço em disco para registrar mais chamadas, então não aceita nenhuma até que haja. Tente de novo em instantes.'

/** What these say in English names a figure, a setting or the provider's own words: it stands behind the translation. */
const specific: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'body_too_large',
  'input_too_long',
  'content_flagged',
  'gateway_disabled',
  'origin_mismatch',
  'idempotency_answer_not_kept',
  'upstream_rate_limited',
  'upstream_overloaded',
  'upstream_timeout',
  'upstream_unreachable',
  'stream_cut',
  'malformed_response',
])

const whose = { key: 'desta chave', client: 'deste cliente', shared: 'de todos os clientes juntos' }

/** Which limit was reached, in words. */
function explainLimit({ scope, unit, per_minute }: ReachedLimit, waits: boolean): string {
  const what = unit === 'requests' ? 'requisições' : 'tokens'
  const limit = `O limite ${whose[scope]} é de ${per_minute} ${what} por minuto`
  return waits
    ? `${limit} e foi atingido. Tente de novo em instantes.`
    : `${limit}, e esta chamada sozinha passa dele: peça menos tokens de saída.`
}

function explainCap({ scope, running, limit }: ReachedCap): string {
  const many = (count: number) => (count === 1 ? '1 chamada' : `${count} chamadas`)
  return `O limite ${whose[scope]} é de ${many(limit)} ao mesmo tempo, e ${many(running)} em andamento: tente de novo quando uma terminar.`
}

/** Codes without an entry keep the English text, which names a field, a model or what the operator must do. */
function inPortuguese(error: GatewayError): string | undefined {
  const limit = error.details.limit as ReachedLimit | undefined
  if (limit) return explainLimit(limit, error.retryAfterMs !== undefined)
  const concurrency = error.details.concurrency as ReachedCap | undefined
  if (concurrency) return explainCap(concurrency)
  if (error.details.reason === 'no_room') return noRoomInPortuguese
  const message = portuguese[error.code]
  return message !== undefined && specific.has(error.code) ? `${message} (${error.publicMessage})` : message
}

function explainBudget(code: ErrorCode, budget: RefusingBudget, language: Language): string {
  const words = language === 'pt-BR' ? budgetWordsPt : budgetWordsEn
  const name = words.name(words.periods[budget.period], words.types[budget.type])
  if (code === 'client_paused') return words.paused(name)
  if (code === 'budget_busy') return words.busy(name)
  if (code === 'no_exchange_rate') return words.noRate(name)
  const show = (amount: number) => showAmount(amount, budget.type, language)
  return words.exceeded(
    name,
    budget.raised_until === null ? show(budget.limit) : words.raised(show(budget.limit), showTime(budget.raised_until, budget, language)),
    show(budget.used),
    show(Math.max(0, budget.limit - budget.used)),
    showTime(budget.resets_at, budget, language),
  )
}

const budgetWordsPt = {
  types: { tokens: 'em tokens', brl: 'em reais', usd: 'em dólares' },
  periods: { daily: 'diário', weekly: 'semanal', monthly: 'mensal' },
  name: (period: string, type: string) => `orçamento ${period} ${type}`,
  paused: (name: string) => `O ${name} foi pausado pelo operador.`,
  busy: (name: string) => `O ${name} está reservado por outras chamadas em andamento. Tente de novo em instantes.`,
  noRate: (name: string) => `O ${name} não pode ser verificado: nenhuma cotação do dólar é conhecida.`,
  raised: (limit: string, until: string) => `${limit} (aumentado até ${until})`,
  exceeded: (name: string, limit: string, used: string, remaining: string, reset: string) =>
    `O ${name} não cobre esta chamada: limite ${limit}, usado ${used}, restante ${remaining}. Renova em ${reset}.`,
}

const budgetWordsEn: typeof budgetWordsPt = {
  types: { tokens: 'in tokens', brl: 'in reais', usd: 'in dollars' },
  periods: { daily: 'daily', weekly: 'weekly', monthly: 'monthly' },
  name: (period, type) => `${period} budget ${type}`,
  paused: (name) => `The ${name} is paused by the operator.`,
  busy: (name) => `The ${name} is held by other calls under way. Try again in a moment.`,
  noRate: (name) => `The ${name} cannot be checked: no dollar rate is known.`,
  raised: (limit, until) => `${limit} (raised until ${until})`,
  exceeded: (name, limit, used, remaining, reset) =>
    `The ${name} does not cover this call: limit ${limit}, used ${used}, remaining ${remaining}. It resets at ${reset}.`,
}

function showAmount(amount: number, type: RefusingBudget['type'], language: Language): string {
  if (type === 'brl') return formatBrl(nanoBrl(BigInt(amount)), language)
  if (type === 'usd') return formatUsd(nanoUsd(BigInt(amount)), language)
  return `${amount.toLocaleString(language)} tokens`
}

/** In the client's own time zone, named, because that is whose midnight it is. */
function showTime(time: string, budget: RefusingBudget, language: Language): string {
  const at = new Date(time).toLocaleString(language, { timeZone: budget.time_zone, dateStyle: 'short', timeStyle: 'short' })
  return `${at} (${budget.time_zone})`
}
