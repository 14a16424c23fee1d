import type { Queryable } from '../database/index.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import { publicKeyOf } from './key-pair.ts'
import type { MasterKey } from './master-key.ts'
import type { MasterKeySource } from './master-key-source.ts'
import { findKeyState, type KeyStateRow } from './sql/find-key-state.ts'
import { insertKeyState } from './sql/insert-key-state.ts'

/** What the check value is sealed for; no secret has such an id. */
const checkId = 'check'
const checkText = 'catraca'

/**
 * The master key that this database's vault is sealed with, out of what the source offers. A database that has none yet gets the
 * source's first one: its id, a check value and the public key. Refuses a wrong master key in words, and leaves everything as it was.
 */
export async function establishMasterKey(on: Queryable, source: MasterKeySource): Promise<MasterKey> {
  const [offered, ...others] = await source.load()
  if (offered === undefined) throw new ConfigurationError('config_invalid', `There is no master key in ${source.place}`)
  const state = (await read(on)) ?? (await install(on, offered))
  const fitting = [offered, ...others].find((key) => key.id === state.key_id)
  if (fitting === undefined) {
    throw new ConfigurationError(
      'config_invalid',
      `Wrong master key: the one in ${source.place} is ${offered.id}, and this vault is sealed with ${state.key_id}. ` +
        'Put the right one back (from your backup or secret store). If it is lost for good, the stored keys cannot be opened and must be stored again: ' +
        'npx catraca vault rotate --old-key-lost',
    )
  }
  refuseTampered(state, fitting)
  return fitting
}

/** What the row holds while `masterKey` is the current one. */
export function toKeyState(masterKey: MasterKey): [keyId: string, checkValue: string, publicKey: Buffer] {
  return [masterKey.id, sealEnvelope(masterKey, checkId, checkText).toString('base64'), publicKeyOf(masterKey)]
}

/** Throws where the row is not what `toKeyState` made of this key. A foreign public key would seal new secrets for somebody else. */
export function refuseTampered(state: KeyStateRow, masterKey: MasterKey): void {
  if (opensCheckValue(state, masterKey) && publicKeyOf(masterKey).equals(state.public_key)) return
  throw new ConfigurationError(
    'config_invalid',
    'The row in public.vault_key_state was changed by somebody: secrets stored by SQL since then were sealed with another public key. ' +
      'Find out who can write to the database, delete that row, start again (the row is made anew from the master key) and store those secrets again',
  )
}

function opensCheckValue(state: KeyStateRow, masterKey: MasterKey): boolean {
  try {
    return openEnvelope(masterKey, checkId, Buffer.from(state.check_value, 'base64')) === checkText
  } catch {
    return false
  }
}

async function install(on: Queryable, masterKey: MasterKey): Promise<KeyStateRow> {
  await on.query(insertKeyState, toKeyState(masterKey))
  const state = await read(on)
  if (state === undefined) throw new ConfigurationError('config_invalid', 'The public key of the vault could not be stored')
  return state
}

async function read(on: Queryable): Promise<KeyStateRow | undefined> {
  const [row] = await on.query<KeyStateRow>(findKeyState)
  return row
}
