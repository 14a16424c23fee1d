import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reportFigure } from '../../tests/_support/report-figure.ts'
import { startStopwatch } from '../../tests/_support/stopwatch.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../tests/_support/webhook-receiver.ts'
import { parseWebhookUrl } from '../shared/webhook-url.ts'
import { type PostOptions, postToPublic, type Resolve } from './post-to-public.ts'

let inside: WebhookReceiver
let port: string
/** Connections that somebody opened to what stands for a host inside the network. */
let opened = 0
const tcp = createTcpServer((socket) => {
  opened += 1
  socket.destroy()
})

beforeAll(async () => {
  inside = await startWebhookReceiver()
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
  port = String((tcp.address() as AddressInfo).port)
})
beforeEach(() => {
  opened = 0
  inside.received.length = 0
  inside.answer = (response) => response.end('ok')
})
afterAll(async () => {
  tcp.close()
  await inside.close()
})

const post = (url: string, options: Partial<PostOptions> = {}) =>
  postToPublic(url, { headers: {}, body: '{}', allowsLocal: false, timeoutMs: 2_000, ...options }).then(({ status }) => status)
const resolvesTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

describe('a URL that a person sets', () => {
  it.each([
    'https://example.com/hook',
    'https://example.com:8443/hook?a=b#c',
    'https://EXAMPLE.com',
    'https://93.184.215.14/x',
    'https://[2606:4700::1111]:8443/',
    'https://hooks.slack.com/services/T00/B00/xyz',
  ])('%s may be one', (url) => expect(parseWebhookUrl(url, false)).toBeInstanceOf(URL))

  it.each([
    ['http://example.com/', 'begins with https'],
    ['ftp://example.com/', 'such as https'],
    ['file:///etc/passwd', 'such as https'],
    ['gopher://127.0.0.1:6379/_x', 'such as https'],
    ['//example.com', 'such as https'],
    ['https://user:pass@example.com/', 'without a user'],
    ['https://example.com@127.0.0.1/', 'without a user'],
    ['https://127.0.0.1\\@example.com/', 'without a user'],
    ['https://exa mple.com/', 'such as https'],
    ['https://example.com/\r\nx: y', 'such as https'],
    ['https:///example.com', 'such as https'],
    ['https://127.0.0.1/', 'not public'],
    ['https://10.1.2.3/', 'not public'],
    ['https://169.254.169.254/latest/meta-data', 'not public'],
    ['https://100.64.0.1/', 'not public'],
    ['https://0.0.0.0/', 'not public'],
    ['https://[::1]/', 'not public'],
    ['https://[::ffff:127.0.0.1]/', 'not public'],
    ['https://[::ffff:8.8.8.8]/', 'not public'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'not public'],
    ['https://[2002:7f00:1::]/', 'not public'],
    ['https://[fe80::1]/', 'not public'],
    ['https://[fd00:ec2::254]/', 'not public'],
    ['https://[ff02::1]/', 'not public'],
    // Other ways to write an address: decimal, octal, hex, short, with a dot at the end, in wide digits; of a public one as well.
    ['https://2130706433/', 'usual form'],
    ['https://0177.0.0.1/', 'usual form'],
    ['https://0x7f.0.0.1/', 'usual form'],
    ['https://0x7f000001/', 'usual form'],
    ['https://127.1/', 'usual form'],
    ['https://127.0.0.1./', 'usual form'],
    ['https://１２７.0.0.1/', 'usual form'],
    ['https://134744072/', 'usual form'],
    ['http://localhost:80/', 'begins with https'],
  ])('%j may not', (url, why) => expect(() => parseWebhookUrl(url, false)).toThrow(why))

  it('may be this machine where that is allowed, in the usual form, and nothing else by http', () => {
    for (const url of ['http://127.0.0.1:80/x', 'http://[::1]/', 'http://localhost:3000/', 'https://localhost/']) parseWebhookUrl(url, true)
    for (const url of ['http://example.com/', 'http://10.0.0.1/', 'https://10.0.0.1/', 'http://127.1/', 'http://localhost.evil.com/'])
      expect(() => parseWebhookUrl(url, true), url).toThrow()
  })
})

describe('a name', () => {
  it.each([
    ['127.0.0.1'],
    ['10.0.0.5'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['fd00:ec2::254'],
    ['fe80::1%lo'],
    // One public address beside it does not help.
    ['93.184.215.14', '127.0.0.1'],
    ['2606:4700::1', '::1'],
  ])('that resolves to %s is not connected to', async (...addresses) => {
    await expect(post(`https://inside.example.com:${port}/`, { resolve: resolvesTo(...addresses) })).rejects.toThrow('not public')
    expect(opened).toBe(0)
  })

  it('that has no address is an error', async () => {
    await expect(post('https://inside.example.com/', { resolve: resolvesTo() })).rejects.toThrow('no address')
  })

  it('is resolved once, and connected to exactly there, whatever it would say next (DNS rebinding)', async () => {
    const turns = (...answers: string[]) => {
      let asked = 0
      const resolve: Resolve = async (host) => await resolvesTo(answers[Math.min(asked++, answers.length - 1)] ?? '')(host)
      return { resolve, asked: () => asked }
    }
    // What was allowed at the one look is where it goes, though the next would say otherwise.
    const good = turns('127.0.0.1', '127.0.0.2')
    const named = inside.url.replace('127.0.0.1', 'localhost')
    expect(await post(named, { allowsLocal: true, resolve: good.resolve })).toBe(200)
    expect([good.asked(), inside.received.length]).toEqual([1, 1])
    // And what was refused at the one look stays refused.
    const bad = turns('10.0.0.5', '127.0.0.1')
    await expect(post(`http://localhost:${port}/`, { allowsLocal: true, resolve: bad.resolve })).rejects.toThrow('not public')
    expect([bad.asked(), opened]).toEqual([1, 0])
  })

  it('allowed to be this machine is refused as any other host', async () => {
    await expect(post(`http://localhost:${port}/`, { allowsLocal: true, resolve: resolvesTo('10.0.0.5') })).rejects.toThrow('not public')
    await expect(post(`http://localhost:${port}/`, { allowsLocal: true, resolve: resolvesTo('93.184.215.14') })).rejects.toThrow(
      'not public',
    )
    expect(opened).toBe(0)
  })
})

describe('an answer', () => {
  it('that redirects is not followed', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      inside.answer = (response) => response.writeHead(status, { location: `http://127.0.0.1:${port}/` }).end()
      expect(await post(inside.url, { allowsLocal: true })).toBe(status)
    }
    expect([inside.received.length, opened]).toEqual([5, 0])
    reportFigure('S6', undefined, 'every private range, spelling, rebinding and redirect in this file: 0 connections')
  })

  it('without an end is let go of, and its status counts', async () => {
    let sent = 0
    let isGone = false
    inside.answer = (response) => {
      response.writeHead(200)
      const chunk = Buffer.alloc(64 * 1024)
      const more = () => {
        if (isGone) return
        sent += chunk.length
        if (response.write(chunk)) setImmediate(more)
        else response.once('drain', more)
      }
      response.once('close', () => {
        isGone = true
      })
      more()
    }
    expect(await post(inside.url, { allowsLocal: true, timeoutMs: 5_000 })).toBe(200)
    await expect.poll(() => isGone).toBe(true)
    expect(sent).toBeLessThan(16 * 1024 * 1024)
  })

  it('that never comes, or comes byte by byte, ends with the time there is', async () => {
    inside.answer = () => {}
    const elapsedMs = startStopwatch()
    await expect(post(inside.url, { allowsLocal: true, timeoutMs: 300 })).rejects.toThrow('no answer within 0.3 s')
    const slow = createServer((_, response) => {
      response.flushHeaders()
      const timer = setInterval(() => response.write('x'), 50)
      response.once('close', () => clearInterval(timer))
    })
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    const status = await post(`http://127.0.0.1:${(slow.address() as AddressInfo).port}/`, { allowsLocal: true, timeoutMs: 300 })
    expect(status).toBe(200)
    expect(elapsedMs()).toBeLessThan(3_000)
    slow.closeAllConnections()
    slow.close()
  })

  it('with more headers than there is room for is an error', async () => {
    inside.answer = (response) => response.writeHead(200, { 'x-long': 'x'.repeat(100_000) }).end()
    await expect(post(inside.url, { allowsLocal: true })).rejects.toThrow()
  })
})
