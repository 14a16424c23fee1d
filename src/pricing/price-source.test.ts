import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseDecimal } from '../shared/money.ts'
import { createModelRegistry } from './model-registry.ts'
import { fromModelRow } from './model-row.ts'
import { readPriceSource } from './price-source.ts'
import { seedModels } from './sql/seed-models.ts'

const seed = readFileSync(new URL('../../supabase/migrations/20251212000900_seed_ai_models_registry.sql', import.meta.url), 'utf8')
const asOf = /as of (\d{4}-\d{2}-\d{2})/.exec(seed)?.[1] ?? ''
const entries = readPriceSource(asOf)
const find = (identifier: string) => entries.find((entry) => entry.gateway_identifier === identifier)

describe('the price source', () => {
  it('is what the seed migration was written from', () => {
    expect(seedModels(entries, asOf)).toBe(seed)
  })

  it.each([
    [
      'openai',
      [
        'gpt-4o-mini',
        'gpt-4o',
        'gpt-4.1',
        'gpt-4.1-mini',
        'gpt-4.1-nano',
        'gpt-5',
        'gpt-5-mini',
        'gpt-5-nano',
        'gpt-5.1',
        'o1',
        'o3',
        'o3-mini',
      ],
    ],
    [
      'openai',
      ['o4-mini', 'text-embedding-3-small', 'text-embedding-3-large', 'whisper-1', 'gpt-4o-transcribe', 'tts-1', 'gpt-image-1', 'dall-e-3'],
    ],
    ['groq', ['llama-3.3-70b-versatile', 'llama-3.1-8b-instant', 'whisper-large-v3', 'whisper-large-v3-turbo', 'openai/gpt-oss-120b']],
    ['anthropic', ['claude-sonnet-4-5', 'claude-haiku-4-5', 'claude-opus-4-5', 'claude-opus-4-1', 'claude-sonnet-4-0']],
    [
      'google',
      ['gemini-2.0-flash', 'gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-2.5-flash-lite', 'gemini-3-pro-preview', 'gemini-embedding-001'],
    ],
  ])('has the %s models people use', (provider, names) => {
    expect(names.filter((name) => !find(`${provider}/${name}`))).toEqual([])
  })

  it('takes prices over exactly', () => {
    expect(find('openai/gpt-4o-mini')).toMatchObject({
      input_price_per_million: '0.15',
      cached_input_price_per_million: '0.075',
      output_price_per_million: '0.6',
      default_max_output_tokens: 4096,
    })
    expect(find('anthropic/claude-sonnet-4-0')).toMatchObject({
      cache_write_price_per_million: '3.75',
      cache_write_1h_price_per_million: '6',
    })
    expect(find('google/gemini-2.5-pro')?.price_tiers).toEqual([
      { above_input_tokens: 200_000, input: '2.5', cached_input: '0.25', output: '15' },
    ])
    expect(find('groq/whisper-large-v3')).toMatchObject({ price_per_audio_minute: '0.00185', minimum_audio_seconds: 10 })
    expect(find('openai/gpt-5')?.default_max_output_tokens).toBe(16_384)
  })

  it('takes the dearest price where one figure counts tokens of several kinds', () => {
    expect(find('openai/gpt-4o-transcribe')?.input_price_per_million).toBe('6')
    expect(find('google/gemini-2.5-flash-image')?.output_price_per_million).toBe('30')
  })

  it('does not promise input that costs more than the registered price', () => {
    expect(find('google/gemini-2.5-flash')?.capabilities.input).toEqual(['text', 'image', 'video'])
    expect(find('google/gemini-2.5-pro')?.capabilities.input).toContain('audio')
  })

  it('follows prices that change on a date', () => {
    const input = (date: string) => readPriceSource(date).find((entry) => entry.model_name === 'gemini-3.6-flash')?.input_price_per_million
    expect([input('2026-12-31'), input('2027-01-01')]).toEqual(['0.75', '1.5'])
  })

  it('gives every name to one model of its provider', () => {
    const names = entries.flatMap((entry) => [entry.model_name, ...entry.aliases].map((name) => `${entry.provider}/${name}`))
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('has no model that would be called for nothing', () => {
    const free = entries.filter((entry) => {
      const prices = [entry.input_price_per_million, entry.price_per_audio_minute, entry.price_per_character, entry.price_per_image]
      return !prices.some((price) => price !== null && parseDecimal(price, 15) > 0n)
    })
    expect(free).toEqual([])
  })

  it('resolves every model by its name at Vercel', () => {
    const registry = createModelRegistry(entries.map((entry) => fromModelRow({ ...entry, id: entry.gateway_identifier, price_id: '' })))
    const lost = entries.filter(
      (entry) => entry.vercel_identifier && registry.find(entry.vercel_identifier)?.id !== entry.gateway_identifier,
    )
    expect(lost.map((entry) => entry.vercel_identifier)).toEqual([])
    expect(registry.find('gpt-4o-mini-2024-07-18')?.id).toBe('openai/gpt-4o-mini')
    expect(registry.find('claude-sonnet-4.5')?.id).toBe('anthropic/claude-sonnet-4-5')
  })
})
