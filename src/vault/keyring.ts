import type { MasterKey } from './master-key.ts'
import type { MasterKeySource } from './master-key-source.ts'

export interface Keyring {
  /** The key with this id; where there is none, the one in force, whose id the caller compares. */
  find(keyId: string): Promise<MasterKey>
}

/** Remembers one master key. A value sealed with another one may come from a rotation since, so the source is asked again then. */
export function createKeyring(source: MasterKeySource, first: MasterKey): Keyring {
  let masterKey = first
  return {
    async find(keyId) {
      if (keyId !== masterKey.id) masterKey = (await source.load()).find((key) => key.id === keyId) ?? masterKey
      return masterKey
    },
  }
}
