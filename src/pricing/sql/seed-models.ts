import type { RegistryEntry } from '../registry-entry.ts'

const columns = [
  'provider',
  'creator',
  'model_name',
  'gateway_identifier',
  'vercel_identifier',
  'api_type',
  'input_price_per_million',
  'cached_input_price_per_million',
  'cache_write_price_per_million',
  'cache_write_1h_price_per_million',
  'output_price_per_million',
  'price_per_audio_minute',
  'price_per_character',
  'price_per_image',
  'minimum_audio_seconds',
  'price_tiers',
  'context_window',
  'max_output_tokens',
  'default_max_output_tokens',
  'capabilities',
  'aliases',
  'is_active',
  'price_reference',
] as const satisfies readonly (keyof RegistryEntry)[]

/** The seed migration: one row a line, so that a change of prices is a diff that a person can review. `asOf` is a date, `2026-11-22`. */
export function seedModels(entries: readonly RegistryEntry[], asOf: string): string {
  const rows = entries.map((entry) => `  (${columns.map((column) => literal(column, entry[column])).join(', ')}, 'catalogue')`)
  return `-- Written by \`npm run prices:sync\` from @pydantic/genai-prices and src/pricing/catalogue.ts: change those, not this file.
-- Prices as of ${asOf}, in US dollars for a million tokens, or for a minute, a character, an image.
-- Once a release has this file it stays as it is: later prices come by \`catraca models sync\` or as new migrations.
insert into ai_models_registry (
  ${columns.join(', ')}, price_source
) values
${rows.join(',\n')}
on conflict (gateway_identifier) do nothing;

-- From here on a change of a price is somebody's act.
create trigger audit after insert or update or delete on ai_models_registry for each row execute function catraca_audit();

-- A real quote, so that a machine that cannot reach the Banco Central has one, old and marked stale, instead of an invented one:
-- the PTAX closing rate (venda) of 2025-08-21. See docs/decisions/0005-exchange-rate.md.
insert into exchange_rates (rate, source, quoted_at) values (5.4828, 'ptax', '2025-08-21 13:00:00 America/Sao_Paulo')
on conflict on constraint exchange_rates_quote do nothing;
`
}

function literal(column: (typeof columns)[number], value: RegistryEntry[(typeof columns)[number]]): string {
  if (value === null) return 'null'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return column.includes('price_per') || column.endsWith('_per_million') ? value : quote(value)
  if (column === 'aliases') return quote(`{${(value as string[]).join(',')}}`)
  return quote(JSON.stringify(value))
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
