export { type Client, isSlug, type SemanticCacheWish } from './client.ts'
export {
  changeClient,
  createClient,
  findClient,
  findTestClient,
  getClient,
  type ListedClient,
  listClients,
  pageClients,
} from './client-admin.ts'
export { ClientDirectory } from './client-directory.ts'
export { type ClientKey, generateClientKey } from './client-key.ts'
export { clientToJson } from './client-to-json.ts'
export { clearGuardrails, type GuardrailsWish, setGuardrails } from './guardrails-admin.ts'
export { type CreatedKey, createKey, createOwnKey, isUsableKey, type KeyWish, type ListedKey, listKeys, revokeKey } from './key-admin.ts'
export { keyToJson } from './key-to-json.ts'
export { clearSemanticCache, setSemanticCache } from './semantic-cache-admin.ts'
export { countPlans } from './sql/count-plans.ts'
export { findClientNames } from './sql/find-client-names.ts'
export type { ClientChange } from './sql/update-client.ts'
