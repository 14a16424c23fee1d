/** The migrated database that tests copy. */
export const template = 'template_catraca'

/** The same server and user, another database. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  // The product gives up after 1.5 s, because its callers wait; a test has the time that a busy machine takes.
  url.searchParams.set('connect_timeout', '20')
  return url.href
}
