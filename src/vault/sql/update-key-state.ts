export const updateKeyState = `update public.vault_key_state set key_id = $1, check_value = $2, public_key = $3, updated_at = now()`
