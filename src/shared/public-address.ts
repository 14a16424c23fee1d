import { BlockList, isIP } from 'node:net'

/** IPv4 that is nobody's on the internet: IANA's special-purpose registry, multicast and what is reserved. */
const closedIpv4 = new BlockList()
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  closedIpv4.addSubnet(address, prefix, 'ipv4')

/** The one block that IPv6 hands out. Loopback, unique local, link-local, multicast, IPv4-mapped and NAT64 are all outside of it. */
const globalIpv6 = new BlockList()
globalIpv6.addSubnet('2000::', 3, 'ipv6')

/** Of that block: what IANA keeps for protocols (Teredo among them), documentation, 6to4 and AS112. */
const closedIpv6 = new BlockList()
for (const [address, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const)
  closedIpv6.addSubnet(address, prefix, 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')

/**
 * Whether an IP address is a host's on the internet. False for every private, local, shared, multicast and reserved one, for IPv6 that
 * has an IPv4 address inside (mapped, NAT64, 6to4, Teredo), for one with a zone, and for what is no address.
 *
 * @example
 * isPublicAddress('93.184.215.14') // true
 * isPublicAddress('::ffff:169.254.169.254') // false
 */
export function isPublicAddress(ip: string): boolean {
  const version = isIP(ip)
  if (version === 4) return !closedIpv4.check(ip, 'ipv4')
  return version === 6 && !ip.includes('%') && globalIpv6.check(ip, 'ipv6') && !closedIpv6.check(ip, 'ipv6')
}

export function isLoopback(ip: string): boolean {
  return ip === '::1' || (isIP(ip) === 4 && loopback.check(ip, 'ipv4'))
}
