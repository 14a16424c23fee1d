import type { Queryable } from '../../database/index.ts'

/** Columns of `ai_models_registry` that a person sets; prices in US dollars as decimals. What is undefined stays, null takes a value away. */
export interface ModelChange {
  input_price_per_million?: string | null | undefined
  output_price_per_million?: string | null | undefined
  cached_input_price_per_million?: string | null | undefined
  cache_write_price_per_million?: string | null | undefined
  price_per_audio_minute?: string | null | undefined
  price_per_character?: string | null | undefined
  price_per_image?: string | null | undefined
  context_window?: number | null | undefined
  max_output_tokens?: number | null | undefined
  default_max_output_tokens?: number | undefined
  aliases?: readonly string[] | undefined
  is_active?: boolean | undefined
}

/** Other prices become a new price version. False where there is no such model. */
export async function updateModel(db: Queryable, id: string, change: ModelChange): Promise<boolean> {
  const rows = await db.query(
    `update ai_models_registry m
     set (input_price_per_million, output_price_per_million, cached_input_price_per_million, cache_write_price_per_million,
         price_per_audio_minute, price_per_character, price_per_image, context_window, max_output_tokens, default_max_output_tokens,
         aliases, is_active) = (
       select s.input_price_per_million, s.output_price_per_million, s.cached_input_price_per_million, s.cache_write_price_per_million,
         s.price_per_audio_minute, s.price_per_character, s.price_per_image, s.context_window, s.max_output_tokens,
         s.default_max_output_tokens, s.aliases, s.is_active
       from jsonb_populate_record(m, $2::jsonb) as s
     )
     where m.id = $1
     returning m.id`,
    [id, JSON.stringify(change)],
  )
  return rows.length === 1
}
