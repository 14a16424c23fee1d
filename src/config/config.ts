import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'
import { ConfigurationError } from '../shared/errors.ts'
import { Secret } from '../shared/secret.ts'
import type { Env } from './env.ts'

const seconds = 1_000
const minutes = 60 * seconds

const port = z.coerce.number().int().min(0).max(65_535)
const milliseconds = z.coerce.number().int().positive()
const bytes = z.coerce.number().int().nonnegative()
const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))
const origin = z
  .url({ protocol: /^https?$/ })
  .refine((url) => /^https?:\/\/[^/?#]+\/*$/.test(url), 'must be an address without a path, such as https://ai.example.com')
  .transform((url) => new URL(url).origin)
const networks = z
  .string()
  .transform((list) => list.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()])))
  .refine((list) => list.every(isNetwork), 'must be IP addresses or networks (10.0.0.0/8) with commas between')
const hosts = z
  .string()
  .transform((list) => list.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim().toLowerCase()])))
  .refine((list) => list.every((host) => /^[a-z0-9.-]+(?::\d+)?$/.test(host)), 'must be hosts with commas between')
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
const smtpUrl = z.url({ protocol: /^smtps?$/, error: 'must be an address such as smtp://user:password@smtp.example.com:587' })
const mailbox = z
  .string()
  .regex(/^(?:[^<>@\p{Cc}]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/u, 'must be an address such as Catraca <alerts@example.com>')
const decimal = z
  .string()
  .regex(/^\d+(\.\d{1,8})?$/, 'must be a decimal number with at most 8 decimals, such as 5.4321')
  .refine((rate) => Number(rate) > 0, 'must be above 0')

/** Every variable the gateway knows. What stands here is the list in `.env.example`. */
const schema = z.object({
  // Exactly "true" turns the gateway on, as in the guide; anything else leaves it off.
  ENABLE_AI_GATEWAY: z.string().optional(),
  NODE_ENV: z.string().optional(),
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  WEB_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(1),
  CATRACA_PUBLIC_URL: origin.optional(),
  CATRACA_TRUSTED_PROXIES: networks.default([]),
  CATRACA_SMTP_URL: smtpUrl.optional(),
  CATRACA_MAIL_FROM: mailbox.optional(),
  CATRACA_ALLOW_LOCAL_WEBHOOKS: z.enum(['true', 'false']).default('false'),
  DATABASE_URL: postgresUrl.optional(),
  CATRACA_DATA_DIR: z.string().default('.catraca'),
  CATRACA_MASTER_KEY: z
    .string()
    .refine((key) => Buffer.from(key, 'base64').length === 32, 'must be 32 bytes in base64 (openssl rand -base64 32)')
    .optional(),
  CATRACA_ADMIN_TOKEN: z.string().min(32, 'must have at least 32 characters (openssl rand -base64 32)').optional(),
  CATRACA_DEMO: z.enum(['true', 'false']).optional(),
  // Below this there is no room for a call under way beside the segments.
  CATRACA_SPOOL_MAX_MB: z.coerce.number().min(1).default(1_024),
  CATRACA_BODY_LIMIT_MB: z.coerce.number().positive().max(1_024).default(10),
  CATRACA_BODIES_LIMIT_MB: z.coerce.number().positive().default(256),
  CATRACA_CONNECT_TIMEOUT_MS: milliseconds.default(5 * seconds),
  CATRACA_FIRST_BYTE_TIMEOUT_MS: milliseconds.default(2 * minutes),
  CATRACA_IDLE_TIMEOUT_MS: milliseconds.default(1 * minutes),
  CATRACA_TOTAL_TIMEOUT_MS: milliseconds.default(10 * minutes),
  CATRACA_DRAIN_TIMEOUT_MS: milliseconds.default(1 * minutes),
  CATRACA_FAILURES_TO_PASS_OVER: z.coerce.number().int().min(0).max(1_000).default(5),
  CATRACA_RETRIES: z.coerce.number().int().min(0).max(5).default(1),
  CATRACA_BUDGET_WAIT_MS: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(2 * seconds),
  CATRACA_LIMITS_WAIT_MS: z.coerce.number().int().min(50).max(30_000).default(400),
  CATRACA_EXPIRE_EVERY_MS: milliseconds.default(5 * seconds),
  CATRACA_HOLD_MARGIN_MS: milliseconds.default(1 * minutes),
  CATRACA_IDEMPOTENCY_MAX_BYTES: bytes.default(1024 * 1024),
  CATRACA_IDEMPOTENCY_CLIENT_MB: z.coerce.number().positive().default(1_024),
  CATRACA_IDEMPOTENCY_LEASE_MS: milliseconds.default(30 * seconds),
  CATRACA_CACHE_MAX_ANSWER_BYTES: bytes.default(256 * 1024),
  CATRACA_CACHE_MEMORY_MB: z.coerce.number().nonnegative().default(64),
  CATRACA_CACHE_CLIENT_MB: z.coerce.number().positive().default(64),
  CATRACA_CACHE_TOTAL_MB: z.coerce.number().positive().default(256),
  CATRACA_CACHE_WAIT_MS: z.coerce.number().int().min(50).max(30_000).default(200),
  CATRACA_SEMANTIC_CACHE_WAIT_MS: z.coerce.number().int().min(50).max(30_000).default(1_500),
  CATRACA_SHUTDOWN_GRACE_MS: milliseconds.default(30 * seconds),
  CATRACA_STOP_DELAY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(5 * minutes)
    .default(0),
  CATRACA_RETENTION_MONTHS: z.coerce.number().int().min(2).optional(),
  USD_BRL_RATE: decimal.optional(),
  EXCHANGE_RATE_URL: httpUrl.default('https://olinda.bcb.gov.br/olinda/servico/PTAX/versao/v1/odata'),
  OPENAI_BASE_URL: httpUrl.default('https://api.openai.com/v1'),
  GROQ_BASE_URL: httpUrl.default('https://api.groq.com/openai/v1'),
  ANTHROPIC_BASE_URL: httpUrl.default('https://api.anthropic.com/v1'),
  GOOGLE_BASE_URL: httpUrl.default('https://generativelanguage.googleapis.com/v1beta'),
  AI_GATEWAY_BASE_URL: httpUrl.default('https://ai-gateway.vercel.sh'),
  CATRACA_GRAPH_BASE_URL: httpUrl.default('https://graph.facebook.com'),
  CATRACA_GRAPH_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, 'must be a version such as v24.0')
    .default('v24.0'),
  CATRACA_GRAPH_MEDIA_HOSTS: hosts.default(['lookaside.fbsbx.com']),
  CATRACA_PROVIDER_PACKAGES: z
    .string()
    .regex(/^(?:(?:@[\w.-]+\/)?[\w.-]+(?:,(?:@[\w.-]+\/)?[\w.-]+)*)?$/, 'must be names of npm packages with commas between')
    .default(''),
  LOG_FORMAT: z.enum(['console', 'json']).default('console'),
  SLOW_CALL_MS: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(30 * seconds),
  CATRACA_METRICS: z.enum(['true', 'false']).default('true'),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters (openssl rand -base64 32)').optional(),
  CATRACA_METRICS_CLIENTS: z.coerce.number().int().min(0).max(1_000).default(0),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_SERVICE_NAME: z.string().default('catraca'),
  OTEL_RESOURCE_ATTRIBUTES: z.string().transform(readPairs).default({}),
  OTEL_TRACES_SAMPLER: z
    .enum(['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'])
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds.default(5 * seconds),
  OTEL_METRIC_EXPORT_INTERVAL: milliseconds.default(1 * minutes),
  CATRACA_TRACE_PROVIDERS: z.enum(['true', 'false']).default('false'),
  CATRACA_MAX_CALLS: z.coerce.number().int().min(1).max(1_000_000).default(10_000),
  CATRACA_MAX_CONNECTIONS: z.coerce.number().int().min(1).max(1_000_000).default(20_000),
  CATRACA_DB_CONNECTIONS: z.coerce.number().int().min(2).max(1_000).default(10),
  CATRACA_ANSWERS_AT_ONCE: z.coerce.number().int().min(2).max(1_000).default(50),
  CATRACA_UPSTREAM_CONNECTIONS: z.coerce.number().int().min(1).max(65_536).default(256),
  CATRACA_UPSTREAM_KEEP_ALIVE_MS: milliseconds.default(20 * seconds),
  CATRACA_KEEP_ALIVE_MS: milliseconds.default(72 * seconds),
  OPENAI_ADMIN_KEY: z.string().optional(),
  ANTHROPIC_ADMIN_KEY: z.string().optional(),
})

export const settingNames: readonly string[] = Object.keys(schema.shape)

const consistent = schema.refine((values) => values.CATRACA_SMTP_URL === undefined || values.CATRACA_MAIL_FROM !== undefined, {
  path: ['CATRACA_MAIL_FROM'],
  message: 'is needed where CATRACA_SMTP_URL is set',
})

export type Config = ReturnType<typeof readConfig>

/** The environment as typed settings. All problems are reported at once, each with its variable's name and never its value. */
export function readConfig(env: Env) {
  const values = parse(env)
  return {
    isEnabled: values.ENABLE_AI_GATEWAY === 'true',
    isProduction: values.NODE_ENV === 'production',
    port: values.PORT,
    host: values.HOST,
    /** Processes that answer on the port. */
    workers: values.WEB_CONCURRENCY,
    /** What people open the dashboard with, without a path. Undefined: however they reach this port. */
    publicUrl: values.CATRACA_PUBLIC_URL,
    /** Whose `X-Forwarded-For` is believed. */
    trustedProxies: values.CATRACA_TRUSTED_PROXIES,
    notifications: notificationsOf(values),
    databaseUrl: secret(values.DATABASE_URL),
    dataDir: resolve(values.CATRACA_DATA_DIR),
    masterKey: secret(values.CATRACA_MASTER_KEY),
    adminToken: secret(values.CATRACA_ADMIN_TOKEN),
    allowsDemo: values.CATRACA_DEMO !== 'false',
    spoolMaxBytes: megabytes(values.CATRACA_SPOOL_MAX_MB),
    bodyLimitBytes: megabytes(values.CATRACA_BODY_LIMIT_MB),
    bodiesLimitBytes: megabytes(values.CATRACA_BODIES_LIMIT_MB),
    timeouts: {
      connectMs: values.CATRACA_CONNECT_TIMEOUT_MS,
      firstByteMs: values.CATRACA_FIRST_BYTE_TIMEOUT_MS,
      idleMs: values.CATRACA_IDLE_TIMEOUT_MS,
      totalMs: values.CATRACA_TOTAL_TIMEOUT_MS,
    },
    /** How long an answer nobody waits for any more is still read, so that its real usage is known. */
    drainTimeoutMs: values.CATRACA_DRAIN_TIMEOUT_MS,
    /** Failures in a row after which a target is tried after the others; 0 never. */
    failuresToPassOver: values.CATRACA_FAILURES_TO_PASS_OVER,
    /** How often a call's last target may be asked again. */
    retries: values.CATRACA_RETRIES,
    budgetWaitMs: values.CATRACA_BUDGET_WAIT_MS,
    /** Whoever waits longer for the database is counted by this process alone. */
    limitsWaitMs: values.CATRACA_LIMITS_WAIT_MS,
    expireEveryMs: values.CATRACA_EXPIRE_EVERY_MS,
    holdMarginMs: values.CATRACA_HOLD_MARGIN_MS,
    idempotency: idempotencyOf(values),
    cache: cacheOf(values),
    /** For so long after it was told to stop the gateway says that it is not ready, and still takes calls. */
    stopDelayMs: values.CATRACA_STOP_DELAY_MS,
    shutdownGraceMs: values.CATRACA_SHUTDOWN_GRACE_MS,
    /** Undefined: usage rows stay where they are for good. */
    retentionMonths: values.CATRACA_RETENTION_MONTHS,
    usdBrlRate: values.USD_BRL_RATE,
    exchangeRateUrl: values.EXCHANGE_RATE_URL,
    baseUrls: baseUrlsOf(values),
    /** Meta's API for WhatsApp. Files are fetched from these hosts only. */
    graph: {
      baseUrl: values.CATRACA_GRAPH_BASE_URL,
      version: values.CATRACA_GRAPH_VERSION,
      mediaHosts: values.CATRACA_GRAPH_MEDIA_HOSTS,
    },
    telemetry: telemetryOf(values),
    pools: poolsOf(values),
    /** npm packages that a provider of the operator's may be loaded from, besides `@ai-sdk/*`. */
    allowedPackages: values.CATRACA_PROVIDER_PACKAGES.split(',').filter((name) => name !== ''),
    /** By the variable that they came in. For the providers' own usage reports only: no call is made with them. */
    adminKeys: {
      OPENAI_ADMIN_KEY: secret(values.OPENAI_ADMIN_KEY),
      ANTHROPIC_ADMIN_KEY: secret(values.ANTHROPIC_ADMIN_KEY),
    },
  }
}

function notificationsOf(values: z.infer<typeof schema>) {
  return {
    /** What e-mail goes through; it holds a password. Undefined: there is no e-mail. */
    smtpUrl: secret(values.CATRACA_SMTP_URL),
    mailFrom: values.CATRACA_MAIL_FROM,
    /** Whether a webhook may go to a loopback host. */
    allowsLocal: values.CATRACA_ALLOW_LOCAL_WEBHOOKS === 'true' && values.NODE_ENV !== 'production',
  }
}

function baseUrlsOf(values: z.infer<typeof schema>) {
  return {
    openai: values.OPENAI_BASE_URL,
    groq: values.GROQ_BASE_URL,
    anthropic: values.ANTHROPIC_BASE_URL,
    google: values.GOOGLE_BASE_URL,
    vercel: values.AI_GATEWAY_BASE_URL,
  }
}

function idempotencyOf(values: z.infer<typeof schema>) {
  return {
    /** A longer answer is not kept for a repeat of its call. */
    maxBytes: values.CATRACA_IDEMPOTENCY_MAX_BYTES,
    /** Of all that is kept for one client. */
    clientBytes: megabytes(values.CATRACA_IDEMPOTENCY_CLIENT_MB),
    /** For so long the key of a call whose process has died looks as if the call were under way. */
    leaseMs: values.CATRACA_IDEMPOTENCY_LEASE_MS,
  }
}

function telemetryOf(values: z.infer<typeof schema>) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = values
  return {
    /** One line a message for people, or one JSON object for programs. */
    logFormat: values.LOG_FORMAT,
    /** Undefined: no call is slow. */
    slowCallMs: values.SLOW_CALL_MS === 0 ? undefined : values.SLOW_CALL_MS,
    /** Is there a `GET /metrics`? */
    hasMetrics: values.CATRACA_METRICS === 'true',
    /** What opens it from elsewhere than this machine. */
    metricsToken: secret(values.METRICS_TOKEN),
    /** How many clients have series of their own. */
    metricsClients: values.CATRACA_METRICS_CLIENTS,
    /** Undefined: nothing is sent to an OpenTelemetry collector. */
    exporter:
      endpoint === undefined
        ? undefined
        : {
            endpoint,
            headers: secret(values.OTEL_EXPORTER_OTLP_HEADERS),
            serviceName: values.OTEL_SERVICE_NAME,
            resourceAttributes: values.OTEL_RESOURCE_ATTRIBUTES,
            sampler: values.OTEL_TRACES_SAMPLER,
            samplerRatio: values.OTEL_TRACES_SAMPLER_ARG,
            spansEveryMs: values.OTEL_BSP_SCHEDULE_DELAY,
            metricsEveryMs: values.OTEL_METRIC_EXPORT_INTERVAL,
          },
    /** Do providers get a `traceparent`? */
    propagates: values.CATRACA_TRACE_PROVIDERS === 'true',
  }
}

function poolsOf(values: z.infer<typeof schema>) {
  return {
    /** Calls under way in this process; who comes after that is refused. */
    maxCalls: values.CATRACA_MAX_CALLS,
    /** Of callers; those after that are closed at once. */
    callerConnections: values.CATRACA_MAX_CONNECTIONS,
    /** To the database, of this process for its calls. */
    databaseConnections: values.CATRACA_DB_CONNECTIONS,
    /** Conversations that this process answers at once; one client's have half of these places at the most. */
    answersAtOnce: values.CATRACA_ANSWERS_AT_ONCE,
    /** To each provider's host. */
    upstreamConnections: values.CATRACA_UPSTREAM_CONNECTIONS,
    /** For so long an idle connection to a provider is kept. */
    upstreamKeepAliveMs: values.CATRACA_UPSTREAM_KEEP_ALIVE_MS,
    /** For so long an idle connection of a caller is kept. */
    keepAliveMs: values.CATRACA_KEEP_ALIVE_MS,
  }
}

function cacheOf(values: z.infer<typeof schema>) {
  return {
    /** A longer answer is not given again. */
    maxAnswerBytes: values.CATRACA_CACHE_MAX_ANSWER_BYTES,
    /** Of all answers in this process. */
    memoryBytes: megabytes(values.CATRACA_CACHE_MEMORY_MB),
    /** Of a client's, and of all answers in the database. */
    clientBytes: megabytes(values.CATRACA_CACHE_CLIENT_MB),
    totalBytes: megabytes(values.CATRACA_CACHE_TOTAL_MB),
    /** A call waits no longer than this to learn whether the database has its answer. */
    waitMs: values.CATRACA_CACHE_WAIT_MS,
    /** A call waits no longer than this to learn whether one that means nearly the same was answered. */
    semanticWaitMs: values.CATRACA_SEMANTIC_CACHE_WAIT_MS,
  }
}

function parse(env: Env): z.infer<typeof schema> {
  const parsed = consistent.safeParse(env)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new ConfigurationError('config_invalid', `The configuration is not valid. ${problems.join('; ')}`, { details: { problems } })
}

function secret(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value)
}

function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return more === undefined && most > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
}

/** `name=value` with commas between, values percent-encoded, as OpenTelemetry writes lists. */
function readPairs(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=')
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decodePercent(pair.slice(at + 1).trim())] as const]
  })
  return Object.fromEntries(pairs)
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function megabytes(count: number): number {
  return Math.floor(count * 1024 * 1024)
}
