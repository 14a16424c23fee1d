import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { Secret } from '../shared/secret.ts'
import { verifyEmail } from './verify-email.ts'

it('does not wait for a server that says nothing', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const url = new Secret(`smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`)
  await expect(verifyEmail(url, 300)).rejects.toMatchObject({ name: 'DeliveryError', code: 'timeout' })
  await new Promise((resolve) => silent.close(resolve))
})
