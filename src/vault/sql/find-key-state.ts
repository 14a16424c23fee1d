export const findKeyState = `select key_id, check_value, public_key from public.vault_key_state`

export interface KeyStateRow {
  key_id: string
  check_value: string
  public_key: Buffer
}
