import pg from 'pg'

/** Above this an unreachable database is an outage, where its url does not say otherwise: admission has to answer within 2 s. */
export const connectTimeoutMs = 1_500

const typeIds = { int8: 20, date: 1082, numeric: 1700, int8Array: 1016, dateArray: 1182, numericArray: 1231, textArray: 1009 }

const parseTextArray: (value: string) => (string | null)[] = pg.types.getTypeParser(typeIds.textArray, 'text')

/** bigint and numeric arrive exact, a date stays the calendar day that it is. Per connection, so nobody else's `pg` changes. */
const parsers = new Map<number, (value: string) => unknown>([
  [typeIds.int8, BigInt],
  [typeIds.date, (value) => value],
  [typeIds.numeric, (value) => value],
  [typeIds.int8Array, (value) => parseTextArray(value).map((item) => (item === null ? null : BigInt(item)))],
  [typeIds.dateArray, parseTextArray],
  [typeIds.numericArray, parseTextArray],
])

const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) => (format !== 'binary' && parsers.get(id)) || pg.types.getTypeParser(id, format),
}

/** What a pool and a lone client have in common. The process id in the name tells one gateway's sessions from another's. */
export function clientConfig(url: string, applicationName: string): pg.ClientConfig {
  return {
    connectionString: withLibpqSslMode(url),
    application_name: `${applicationName}:${process.pid}`,
    connectionTimeoutMillis: connectTimeoutOf(url),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  }
}

/** `connect_timeout` in the url is in seconds, as psql has it. */
function connectTimeoutOf(url: string): number {
  const seconds = /[?&]connect_timeout=(\d+)/.exec(url)?.[1]
  return seconds === undefined ? connectTimeoutMs : Number(seconds) * 1_000
}

/** `sslmode` is to mean what it means to psql and on a hosting provider's page, which `pg` does only when told so. */
function withLibpqSslMode(url: string): string {
  if (!url.includes('sslmode=') || url.includes('uselibpqcompat=')) return url
  return `${url}&uselibpqcompat=true`
}
