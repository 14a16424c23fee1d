import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadPriceSource, seedModels } from '../src/pricing/index.ts'

const file = new URL('../supabase/migrations/20251212000900_seed_ai_models_registry.sql', import.meta.url)

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, 'as-of': { type: 'string' } } })
const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
// The date stays what it was unless another is asked for: running twice changes nothing.
const asOf = values['as-of'] ?? /^-- Prices as of (\d{4}-\d{2}-\d{2})/m.exec(before)?.[1] ?? new Date().toISOString().slice(0, 10)
if (!/^\d{4}-\d{2}-\d{2}$/.test(asOf)) throw new Error(`--as-of takes a date such as 2026-11-22, not "${asOf}"`)

const entries = await loadPriceSource(asOf)
const after = seedModels(entries, asOf)

if (after === before) {
  console.log(`${entries.length} models, up to date`)
} else if (values.check) {
  console.error('The seed of ai_models_registry is out of date: run `npm run prices:sync` and review the diff.')
  process.exitCode = 1
} else {
  writeFileSync(file, after)
  console.log(`${entries.length} models written; review the diff of ${file.pathname.split('/').slice(-3).join('/')}`)
}
