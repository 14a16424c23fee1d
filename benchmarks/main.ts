// `npm run bench [-- overhead | memory | ledger | analytics | pages | sizing] [options]`. Without a word it is `overhead`: what one call costs in
// the gateway beside a bare proxy in the same run. How each is measured, and what it was: docs/benchmarks.md.
import { benchmarkAnalytics } from './analytics.ts'
import { benchmarkLedger } from './ledger.ts'
import { benchmarkMemory } from './memory.ts'
import { benchmarkOverhead } from './overhead.ts'
import { benchmarkPages } from './pages.ts'
import { benchmarkSizing } from './sizing.ts'

const parts: Record<string, (args: string[]) => Promise<void>> = {
  overhead: benchmarkOverhead,
  memory: benchmarkMemory,
  ledger: benchmarkLedger,
  analytics: benchmarkAnalytics,
  pages: benchmarkPages,
  sizing: benchmarkSizing,
}

const [word = '', ...rest] = process.argv.slice(2)
const part = parts[word]
await (part ? part(rest) : benchmarkOverhead(process.argv.slice(2)))
process.exit(0)
