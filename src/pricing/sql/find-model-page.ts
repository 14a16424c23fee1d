import type { Queryable } from '../../database/index.ts'
import type { ApiType } from '../model.ts'
import type { ModelRow } from '../model-row.ts'

/** A row of the registry, also one that may not be called now. */
export interface ListedModelRow extends ModelRow {
  is_active: boolean
  price_source: 'catalogue' | 'operator'
  price_reference: string | null
  valid_from: Date
  valid_to: Date | null
  updated_at: Date
  total: number
}

export interface ModelPageQuery {
  /** In the identifier or an alias. */
  search: string | undefined
  provider: string | undefined
  apiType: ApiType | undefined
  isActive: boolean | undefined
  id: string | undefined
  sort: 'identifier' | 'input_price' | 'output_price' | 'updated_at'
  order: 'asc' | 'desc'
  offset: number
  limit: number
}

const sortKeys: Record<ModelPageQuery['sort'], string> = {
  identifier: 'gateway_identifier',
  input_price: 'input_price_per_million',
  output_price: 'output_price_per_million',
  updated_at: 'updated_at',
}

/** One row more than `limit` where there are more. Models are hundreds, so a page is found by counting. */
export async function findModelPage(db: Queryable, query: ModelPageQuery): Promise<ListedModelRow[]> {
  const { search, provider, apiType, isActive, id, sort, order, offset, limit } = query
  return await db.query<ListedModelRow>(
    `select id, price_id, provider, creator, model_name, gateway_identifier, vercel_identifier, api_type, capabilities, context_window,
       max_output_tokens, default_max_output_tokens, aliases, trim_scale(input_price_per_million) as input_price_per_million,
       trim_scale(output_price_per_million) as output_price_per_million,
       trim_scale(cached_input_price_per_million) as cached_input_price_per_million,
       trim_scale(cache_write_price_per_million) as cache_write_price_per_million, cache_write_1h_price_per_million,
       trim_scale(price_per_audio_minute) as price_per_audio_minute, trim_scale(price_per_character) as price_per_character,
       trim_scale(price_per_image) as price_per_image, minimum_audio_seconds, price_tiers, is_active, price_source, price_reference,
       valid_from, valid_to, updated_at, (count(*) over ())::int as total
     from ai_models_registry
     where ($1::text is null or strpos(lower(gateway_identifier || ' ' || array_to_string(aliases, ' ')), lower($1)) > 0)
       and ($2::text is null or provider = $2) and ($3::text is null or api_type = $3) and ($4::boolean is null or is_active = $4)
       and ($5::uuid is null or id = $5)
     order by ${sortKeys[sort]} ${order} nulls last, gateway_identifier
     limit $6 offset $7`,
    [search, provider, apiType, isActive, id, limit + 1, offset],
  )
}
