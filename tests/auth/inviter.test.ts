import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createResetToken,
  createSetupToken,
  inviteUser,
  removeUser,
  revokeInvitation,
  setDisabled,
  setRole,
} from '../../src/accounts/index.ts'
import { Browser } from '../_support/browser.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

const password = 'correct horse battery'
let gateway: TestGateway
let addresses = 0
const fresh = () => new Browser(gateway.url, `198.51.100.${++addresses}`)

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_TRUSTED_PROXIES: '127.0.0.1' } })
  const token = await createSetupToken(gateway.database)
  expect(await fresh().post('/setup', { token, name: 'Ana', email: 'ana@example.com', password })).toMatchObject({ status: 200 })
})
afterAll(() => gateway.close())

it.each([
  ['disabled', (who: string) => setDisabled(gateway.database, who, true, 'ana@example.com')],
  ['no admin any more', (who: string) => setRole(gateway.database, who, { role: 'viewer', clientId: undefined }, 'ana@example.com')],
  ['removed', (who: string) => removeUser(gateway.database, who, 'ana@example.com')],
])('links for others are void once the admin who made them is %s', async (how, end) => {
  const inviter = `${how.replaceAll(' ', '-')}@example.com`
  const wish = { role: 'admin', clientId: undefined } as const
  const { token: own } = await inviteUser(gateway.database, { ...wish, email: inviter }, 'ana@example.com')
  expect(await fresh().post('/accept-invitation', { token: own, name: 'Inviter', password })).toMatchObject({ status: 200 })
  const { token } = await inviteUser(gateway.database, { ...wish, email: 'backdoor@example.com' }, inviter)
  const { token: others, id } = await inviteUser(gateway.database, { ...wish, email: 'welcome@example.com' }, 'ana@example.com')
  const { token: reset } = await createResetToken(gateway.database, 'ana@example.com', inviter)
  await end(inviter)
  expect(await fresh().post('/reset-password', { token: reset, newPassword: 'another battery' })).toMatchObject({ status: 400 })
  expect(await fresh().post('/accept-invitation', { token, name: 'Back', password })).toMatchObject({ status: 404 })
  expect(await fresh().post('/invitation', { token: others })).toMatchObject({ status: 200 })
  await revokeInvitation(gateway.database, id, 'ana@example.com')
  await removeUser(gateway.database, inviter, 'ana@example.com').catch(() => {})
})
