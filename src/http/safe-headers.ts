import type { FastifyInstance } from 'fastify'
import type { HttpContext } from './http-context.ts'

/** For a year: who has once come by https comes by nothing else. Other hosts below the same domain are not spoken for. */
const httpsOnly = 'max-age=31536000'

/** What no page of ours needs, for all that is no page; the dashboard's own headers take their place on its pages. */
const forPrograms: readonly (readonly [string, string])[] = [
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
]

/** Of every answer: without guessing what it is, and, where the gateway's address is https, by nothing else. */
export function headersOfAll(publicUrl: string | undefined): [string, string][] {
  const isHttps = publicUrl?.startsWith('https:') === true
  return [['x-content-type-options', 'nosniff'], ...(isHttps ? ([['strict-transport-security', httpsOnly]] as [string, string][]) : [])]
}

/**
 * Headers by which a browser does nothing with an answer but what it is for, on every answer. Calls of `/v1` have only those that a browser
 * would miss there: who calls is a program.
 */
export function safeHeaders(app: FastifyInstance, { publicUrl }: Pick<HttpContext, 'publicUrl'>): void {
  const ofAll = headersOfAll(publicUrl)
  app.addHook('onRequest', (request, { raw }, done) => {
    // On the response itself: calls and live figures write to it without Fastify.
    for (const [name, value] of ofAll) raw.setHeader(name, value)
    if (request.protocol === 'https') raw.setHeader('strict-transport-security', httpsOnly)
    if (request.routeOptions.url?.startsWith('/v1/') !== true) for (const [name, value] of forPrograms) raw.setHeader(name, value)
    done()
  })
}
