/** $1: rate, $2: source, $3: Brasília's wall clock. Returns a row only when the quote was new. */
export const insertRate = `
  insert into exchange_rates (rate, source, quoted_at)
  values ($1::numeric, $2, $3::timestamp at time zone 'America/Sao_Paulo')
  on conflict on constraint exchange_rates_quote do nothing
  returning id
`
