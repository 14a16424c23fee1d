import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isLoopback, isPublicAddress } from './public-address.ts'

const open = [
  ['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '93.184.215.14', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
  ['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '191.255.255.255', '192.0.1.0', '192.0.3.0', '192.167.255.255'],
  ['192.169.0.0', '198.17.255.255', '198.20.0.0', '198.51.99.255', '198.51.101.0', '203.0.112.255', '203.0.114.0', '223.255.255.255'],
  ['2001:4860:4860::8888', '2606:4700:4700::1111', '2a00:1450:4001::1', '2001:200::1', '2003::1', '2001:db7::1', '2001:db9::1', '3ffe::1'],
].flat()

const closed = [
  // This network, private, shared (CGNAT), loopback, link-local with the clouds' metadata
  ['0.0.0.0', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255', '127.0.0.1', '127.255.255.255'],
  ['169.254.0.0', '169.254.169.254', '169.254.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  // Protocols, documentation, AS112, AMT, 6to4's relay, benchmarks
  ['192.0.0.0', '192.0.0.170', '192.0.2.1', '198.51.100.7', '203.0.113.9', '192.31.196.1', '192.52.193.1', '192.175.48.1', '192.88.99.1'],
  ['198.18.0.0', '198.19.255.255'],
  // Multicast, reserved, broadcast
  ['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  // Unspecified, loopback, mapped, compatible, translated (NAT64), discard, SRv6
  ['::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1', '::7f00:1', '::8.8.8.8'],
  ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '100::1', '5f00::1'],
  // Protocols and Teredo, documentation, 6to4 of 127.0.0.1 and of 8.8.8.8, AS112
  ['2001::1', '2001:0:7f00:1::', '2001:1ff:ffff::1', '2001:db8::1', '3fff::1', '2002:7f00:1::', '2002:808:808::1', '2620:4f:8000::1'],
  // Unique local (AWS's metadata), link-local, site-local, multicast
  ['fc00::1', 'fd00:ec2::254', 'fdff::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1', 'ff02::1', 'ff0e::1'],
  // With a zone; what is no address: other ways to write 127.0.0.1, names, nothing
  ['2606:4700::1%1', '0177.0.0.1', '0x7f.0.0.1', '2130706433', '127.1', '1.1.1.1.', ' 1.1.1.1', '[::1]', 'localhost', 'example.com', ''],
].flat()

it.each(open)('%s is public', (ip) => expect(isPublicAddress(ip)).toBe(true))
it.each(closed)('%j is not', (ip) => expect(isPublicAddress(ip)).toBe(false))

it('judges an IPv6 address the same however it is written', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }), (groups) => {
      const long = groups.map((group) => group.toString(16).padStart(4, '0')).join(':')
      const short = new URL(`http://[${long}]`).hostname.slice(1, -1)
      expect(isIP(short)).toBe(6)
      expect(isPublicAddress(short)).toBe(isPublicAddress(long.toUpperCase()))
      // Nothing outside of what IPv6 hands out is public.
      if ((groups[0] ?? 0) >> 13 !== 1) expect(isPublicAddress(long)).toBe(false)
    }),
  )
})

it('knows a loopback address', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1'].map(isLoopback)).toEqual([true, true, true])
  expect(['128.0.0.1', '::2', '::ffff:127.0.0.1', 'localhost', '0.0.0.0'].map(isLoopback)).toEqual(Array(5).fill(false))
})
