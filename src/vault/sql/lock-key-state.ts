/** Waits for everybody who is writing a value, and makes later writers wait. */
export const lockKeyState = `select key_id, check_value, public_key from public.vault_key_state for update`
