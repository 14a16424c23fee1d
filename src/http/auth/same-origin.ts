import type { FastifyRequest } from 'fastify'
import { PermissionError } from '../../shared/errors.ts'
import type { HttpContext } from '../http-context.ts'

/**
 * Refuses what a page of another origin asks this browser to do under its log-in; call it before any route that a cookie opens. Reading is
 * free, since no other origin sees the answer. Programs send neither cookie nor origin and pass. Throws PermissionError `origin_mismatch`.
 */
export function requireSameOrigin({ publicUrl }: Pick<HttpContext, 'publicUrl'>, request: FastifyRequest): void {
  const { method, headers } = request
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return
  const { origin, cookie } = headers
  if (origin === undefined ? isOwnPage(headers['sec-fetch-site'], cookie) : isOurs(origin, publicUrl, request.host)) return
  const where = publicUrl ?? 'the address that this gateway answers on; behind a proxy, set CATRACA_PUBLIC_URL'
  throw new PermissionError('origin_mismatch', `This came from a page of another address. Open the dashboard at ${where}.`)
}

function isOurs(origin: string, publicUrl: string | undefined, host: string): boolean {
  if (publicUrl !== undefined) return origin === publicUrl
  // Whatever name leads here, a browser sends the cookies of that name alone to it.
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

/** Browsers leave the origin out of few requests, and then say where they come from; without cookies there is nothing to abuse. */
function isOwnPage(site: string | string[] | undefined, cookie: string | undefined): boolean {
  return site === undefined ? cookie === undefined : site === 'same-origin' || site === 'none'
}
