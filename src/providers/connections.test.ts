import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Connections } from './connections.ts'

test('a TLS session is taken up again by later connections, also after a garbage collection', async () => {
  const { key, certificate } = selfSigned('localhost')
  const reused: boolean[] = []
  const server = createServer({ key, cert: certificate }, (request, response) => {
    reused.push((request.socket as TLSSocket).isSessionReused())
    response.setHeader('connection', 'close').end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const usual = getCACertificates()
  setDefaultCACertificates([certificate])
  const connections = new Connections()
  try {
    const pool = connections.to(`https://localhost:${(server.address() as AddressInfo).port}`)
    for (let call = 0; call < 3; call += 1) {
      const { body } = await pool.request({ path: '/', method: 'GET' })
      await body.dump()
      collectGarbage()
    }
    expect(reused).toEqual([false, true, true])
  } finally {
    setDefaultCACertificates(usual)
    await connections.close()
    server.close()
  }
})

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

/** A certificate of its own (X.509 version 1, P-256), because Node makes none and a repository should hold no key. */
function selfSigned(name: string): { key: string; certificate: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const der = (tag: number, ...parts: Buffer[]) => {
    const content = Buffer.concat(parts)
    const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255]
    return Buffer.concat([Buffer.from([tag, ...length]), content])
  }
  const ecdsaWithSha256 = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')))
  const commonName = der(0x30, der(0x31, der(0x30, der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(name)))))
  const time = (year: number) => der(0x18, Buffer.from(`${year}0101000000Z`))
  const thisYear = new Date().getUTCFullYear()
  const validity = der(0x30, time(thisYear), time(thisYear + 2))
  const subject = publicKey.export({ type: 'spki', format: 'der' })
  const signed = der(0x30, der(0x02, Buffer.from([1])), ecdsaWithSha256, commonName, validity, commonName, subject)
  const signature = der(0x03, Buffer.from([0]), sign('sha256', signed, privateKey))
  const certificate = der(0x30, signed, ecdsaWithSha256, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`,
  }
}
