/** Held to the end of the transaction: no rotation of the master key can come between reading its id and writing a value. */
export const shareKeyState = `select key_id from public.vault_key_state for share`
