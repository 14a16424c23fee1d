/** The youngest quote that was ever stored. */
export const selectLatestRate = `
  select rate, source, quoted_at
  from exchange_rates
  where currency_pair = 'USD/BRL'
  order by quoted_at desc, fetched_at desc
  limit 1
`
