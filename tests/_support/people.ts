import { expect } from 'vitest'
import { inviteUser, type RoleWish } from '../../src/accounts/index.ts'
import { Browser } from './browser.ts'
import type { TestGateway } from './gateway.ts'

export const password = 'correct horse battery'

/** Somebody who was invited, has accepted and is logged in. */
export async function addPerson(
  gateway: Pick<TestGateway, 'url' | 'database'>,
  person: { email: string; name: string } & RoleWish,
  address?: string,
): Promise<Browser> {
  const { name, ...wish } = person
  const { token } = await inviteUser(gateway.database, wish, undefined)
  const browser = new Browser(gateway.url, address)
  expect(await browser.post('/accept-invitation', { token, name, password })).toMatchObject({ status: 200 })
  return browser
}
