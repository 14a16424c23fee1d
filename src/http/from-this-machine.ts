import type { FastifyRequest } from 'fastify'

const forwarding = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via']

/**
 * A proxy in front makes every caller look local, so whatever was forwarded is not. Neither is what somebody else's page asks the browser
 * of this machine for, under its own name (`sec-fetch-site`) or under one that it made point here (`host`).
 */
export function isFromThisMachine(request: FastifyRequest): boolean {
  const { socket, headers, hostname } = request
  const address = socket.remoteAddress ?? ''
  const isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address)
  const isOurName = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname)
  return isLoopback && isOurName && isOwnPage(request) && forwarding.every((name) => headers[name] === undefined)
}

/** Asked for by one of our own pages, or by no page at all. */
export function isOwnPage({ headers }: FastifyRequest): boolean {
  return [undefined, 'none', 'same-origin'].includes(headers['sec-fetch-site'] as string | undefined)
}
