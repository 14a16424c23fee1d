import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import { isLoopback, isPublicAddress } from '../shared/public-address.ts'
import { parseWebhookUrl } from '../shared/webhook-url.ts'
import { DeliveryError } from './delivery-error.ts'

const mostResponseBytes = 16_384

export type Resolve = (host: string) => Promise<readonly { address: string; family: number }[]>

export interface PostOptions {
  headers: Record<string, string>
  body: string
  /** A loopback host may be meant: for development and tests. */
  allowsLocal: boolean
  /** For the whole exchange, resolving the name included. */
  timeoutMs: number
  /** Default: the system's. */
  resolve?: Resolve | undefined
}

export interface PublicAnswer {
  status: number
  /** Its first 16 kB, as far as they came. */
  text: string
  /** There was more of it. */
  isCut: boolean
}

/**
 * Posts to a URL that a person has set, and answers what came of it. It can reach nothing but hosts on the internet: the name is resolved once,
 * every address of it must be public, and the connection goes to one of exactly those. Redirects are not followed, nothing of the answer but its
 * beginning is read, and no connection is used twice.
 *
 * @throws DeliveryError, or what the network said; InvalidRequestError for a URL that may be none
 */
export async function postToPublic(address: string, options: PostOptions): Promise<PublicAnswer> {
  const url = parseWebhookUrl(address, options.allowsLocal)
  const isAllowed = (ip: string) => (url.protocol === 'https:' && isPublicAddress(ip)) || (options.allowsLocal && isLoopback(ip))
  const signal = AbortSignal.timeout(options.timeoutMs)
  const agent = new Agent({
    connections: 1,
    pipelining: 0,
    allowH2: false,
    maxHeaderSize: mostResponseBytes,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    connect: { lookup: onlyAllowed(options.resolve ?? systemResolve, isAllowed), timeout: options.timeoutMs },
  })
  try {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: options.headers,
      body: options.body,
      dispatcher: agent,
      signal,
    })
    return { status: statusCode, ...(await readBeginning(body)) }
  } catch (error) {
    throw signal.aborted ? new DeliveryError('timeout', `no answer within ${options.timeoutMs / 1_000} s`) : error
  } finally {
    await agent.destroy()
  }
}

/** Whatever becomes of it, the status has come. */
async function readBeginning(body: AsyncIterable<Buffer>): Promise<Omit<PublicAnswer, 'status'>> {
  const pieces: Buffer[] = []
  let bytes = 0
  let isWhole = false
  try {
    for await (const piece of body) {
      pieces.push(piece)
      bytes += piece.length
      if (bytes > mostResponseBytes) break
    }
    isWhole = bytes <= mostResponseBytes
  } catch {
    // It broke off, or took too long.
  }
  return { text: Buffer.concat(pieces).subarray(0, mostResponseBytes).toString(), isCut: !isWhole }
}

/** Of an answer that is no success, in words. */
export function describeStatus(status: number): string {
  return status >= 300 && status < 400 ? `redirected (${status}), which is not followed: set the final URL` : `answered ${status}`
}

const systemResolve: Resolve = (host) => lookup(host, { all: true })

/** What the socket asks for the addresses it may connect to: there is no second look-up that could answer otherwise. */
function onlyAllowed(resolve: Resolve, isAllowed: (ip: string) => boolean): LookupFunction {
  return (host, { all }, done) => {
    resolve(host).then(
      (found) => {
        const [first] = found
        if (!first) done(new DeliveryError('no_such_host', 'the host has no address'), '')
        // One that is not public spoils all: nobody's real host mixes them.
        else if (!found.every(({ address }) => isAllowed(address))) done(new DeliveryError('not_public', notPublic), '')
        else if (all) done(null, [...found])
        else done(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => done(error, ''),
    )
  }
}

const notPublic = 'the host has an address that is not public, so it was not connected to'
