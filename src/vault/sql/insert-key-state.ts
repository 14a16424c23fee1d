/** Of several gateways that start for the first time at once, one wins; all of them read the row afterwards. */
export const insertKeyState = `
  insert into public.vault_key_state (key_id, check_value, public_key) values ($1, $2, $3) on conflict (only_row) do nothing`
