import { launch } from '../bin/launch.js'

// Behind every npm script: installs what is missing, then runs a tool or a file of ours with the pinned Node.
// `node scripts/run.js [--long] vitest|biome|tsc|vite|<path.ts> [arguments]`
const tools = {
  biome: 'node_modules/@biomejs/biome/bin/biome',
  tsc: 'node_modules/typescript/bin/tsc',
  vite: 'node_modules/vite/bin/vite.js',
  vitest: 'node_modules/vitest/vitest.mjs',
}

const long = process.argv[2] === '--long'
// The long form of the reliability and security bar; tests read this variable.
if (long) process.env.CATRACA_TEST_LONG = '1'

const [what, ...args] = process.argv.slice(long ? 3 : 2)
await launch({ entry: tools[what] ?? what, args, needsDevDependencies: true })
