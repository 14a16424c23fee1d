import { BlockList, isIP } from 'node:net'
import { ConfigurationError } from '../shared/errors.ts'
import type { ProviderEntry } from './provider-entry.ts'

const privateAddresses = new BlockList()
for (const [address, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  privateAddresses.addSubnet(address, prefix, 'ipv4')
privateAddresses.addAddress('::1', 'ipv6')
privateAddresses.addSubnet('fc00::', 7, 'ipv6')

/** Names that only a private network resolves: a machine's own, a container's, a cluster's. */
const privateName = /^[a-z0-9-]+$|\.(?:localhost|local|lan|internal|home\.arpa)$/i
/** A cloud's own, where machines keep their credentials. */
const metadataName = /^metadata\./i

/**
 * Keys and prompts go in the clear only where the operator's entry says so, and then no farther than a private network. Link-local
 * addresses are none: that is where clouds keep a machine's credentials.
 *
 * @throws ConfigurationError `config_invalid`, which names the provider and not the host
 */
export function checkBaseUrl({ name, baseUrl, allowHttp }: Pick<ProviderEntry, 'name' | 'baseUrl' | 'allowHttp'>): void {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[?#\\\s]/.test(baseUrl) || url.username !== '' || url.password !== '') {
    throw wrong(name, 'must be an address such as https://host/v1, without user, query or fragment')
  }
  if (url.protocol === 'https:') return
  if (!allowHttp)
    throw wrong(
      name,
      'must begin with https:// (allow_http, --allow-http on the command line, lets it be http:// on a loopback or private host)',
    )
  if (!isPrivate(url.hostname)) throw wrong(name, 'may be http:// on a loopback or private host only')
}

function isPrivate(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  if (version !== 0) return privateAddresses.check(address, version === 6 ? 'ipv6' : 'ipv4')
  return privateName.test(hostname) && !metadataName.test(hostname)
}

function wrong(name: string, what: string): ConfigurationError {
  return new ConfigurationError('config_invalid', `The base URL of the provider "${name}" ${what}`)
}
