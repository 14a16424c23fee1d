export { type Client, isSlug } from './client.ts'
export {
  createClient,
  findClient,
  findTestClient,
  getClient,
  type ListedClient,
  listClients,
  setClientCache,
  setClientGateway,
  setClientLimits,
  setClientPlan,
} from './client-admin.ts'
export { ClientDirectory } from './client-directory.ts'
export { type ClientKey, generateClientKey, hashClientKey } from './client-key.ts'
export { clearGuardrails, type GuardrailsWish, setGuardrails } from './guardrails-admin.ts'
export { type CreatedKey, createKey, isUsableKey, type KeyWish, type ListedKey, listKeys, revokeKey } from './key-admin.ts'
