import type { Answer, Item } from '../../api/index.ts'

export type Model = Item<'GET /models'>
export type Rate = NonNullable<Answer<'GET /exchange-rate'>['rate']>

export const priceFields = [
  'input_price_per_million',
  'output_price_per_million',
  'cached_input_price_per_million',
  'cache_write_price_per_million',
  'price_per_audio_minute',
  'price_per_character',
  'price_per_image',
] as const
export type PriceField = (typeof priceFields)[number]

const unitFields = { transcription: 'price_per_audio_minute', speech: 'price_per_character', image: 'price_per_image' } as const

/** The prices that a model of this kind can have, and those that it has besides. */
export function priceFieldsOf(model: Model): readonly PriceField[] {
  const own: Record<Model['api_type'], readonly PriceField[]> = {
    chat: priceFields.slice(0, 4),
    embeddings: ['input_price_per_million'],
    transcription: [unitFields.transcription],
    speech: [unitFields.speech],
    image: [unitFields.image],
    moderation: ['input_price_per_million'],
  }
  return priceFields.filter((field) => own[model.api_type].includes(field) || model[field] !== null)
}

/** What of a model is billed by something else than tokens. */
export function unitPriceOf(
  model: Model,
): { field: 'price_per_audio_minute' | 'price_per_character' | 'price_per_image'; price: string } | undefined {
  for (const field of Object.values(unitFields)) {
    const price = model[field]
    if (price !== null) return { field, price }
  }
  return undefined
}

/** `0,15` and `0.15` are the same price; undefined: it is none that the gateway would take. */
export function readPrice(text: string): string | undefined {
  const price = text.trim().replace(',', '.')
  return /^\d{1,6}(\.\d{1,15})?$/.test(price) ? price : undefined
}

/** Undefined: not a whole number that the gateway would take. */
export function readTokens(text: string): number | undefined {
  const digits = text.trim().replace(/[.,\s](?=\d{3}(?:\D|$))/g, '')
  const count = Number(digits)
  return /^\d+$/.test(digits) && count >= 1 && count <= 100_000_000 ? count : undefined
}

/** One a line, or separated by commas. */
export function readNames(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map((name) => name.trim()))].filter((name) => name !== '')
}

/** May these be names of a model? */
export function areNames(text: string): boolean {
  const names = readNames(text)
  return names.length <= 50 && names.every((name) => /^\S{1,200}$/.test(name))
}
