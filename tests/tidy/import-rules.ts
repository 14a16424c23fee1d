import type { Import, Project, Rule, SourceFile, Violation } from './project.ts'
import { isTest } from './project.ts'

/** architecture.md, "Who may import whom". Files directly in `src/` are layer 5, the composition, and may import all. */
const layers: Readonly<Record<string, number>> = {
  shared: 0,
  config: 1,
  database: 1,
  workers: 1,
  accounts: 2,
  clients: 2,
  conversations: 2,
  vault: 2,
  pricing: 2,
  usage: 2,
  ledger: 2,
  limits: 2,
  cache: 2,
  dialects: 2,
  providers: 2,
  routing: 2,
  alerts: 2,
  backup: 2,
  guardrails: 2,
  notifications: 2,
  telemetry: 2,
  gateway: 3,
  http: 4,
  library: 4,
  channels: 4,
  jobs: 4,
  cli: 4,
}

/** The only ways from one domain module into another. */
const siblings = new Set([
  'clients→guardrails',
  'pricing→usage',
  'providers→dialects',
  'providers→usage',
  'dialects→usage',
  'routing→providers',
  'alerts→ledger',
  'notifications→alerts',
  'cache→dialects',
])

/** The emulator stands in for the providers: it knows nothing of ours, so that its count can contradict us. */
const emulatorImports = new Set(['shared'])
const emulatorUsers = new Set(['cli'])

/** `shared` is a box of small things, each its own door. */
const withoutDoor = new Set(['shared'])

function moduleOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

/** Runs `judge` on every import between two files of the repository. */
function judgeEdges(project: Project, judge: (from: SourceFile, to: string, edge: Import) => string | undefined): Violation[] {
  const violations: Violation[] = []
  for (const file of project.sources.values()) {
    for (const edge of file.imports) {
      const message = edge.target === undefined ? undefined : judge(file, edge.target, edge)
      if (message) violations.push({ file: file.path, line: edge.line, message })
    }
  }
  return violations
}

const layerRule: Rule = {
  name: 'layers',
  check: (project) =>
    judgeEdges(project, (file, to, edge) => {
      if (file.path.startsWith('dashboard/')) return refuseForDashboard(to, edge)
      if (!file.path.startsWith('src/') || isTest(file.path)) return undefined
      if (!to.startsWith('src/')) {
        return codeOutsideSource.test(to) ? `src must not import ${to}: only what is in src is shipped` : undefined
      }
      return refuseLayer(file.path, to)
    }),
}

const codeOutsideSource = /^(?:tests|benchmarks|scripts|bin|examples|dashboard)\//

/** The browser gets nothing of the gateway's but the shapes of its answers. */
function refuseForDashboard(to: string, { typeOnly }: Import): string | undefined {
  if (to.startsWith('dashboard/') || (typeOnly && to.startsWith('src/'))) return undefined
  return `the dashboard takes only types from src: import type, not ${to}`
}

function refuseLayer(fromPath: string, toPath: string): string | undefined {
  const from = moduleOf(fromPath)
  const to = moduleOf(toPath)
  if (from === undefined || from === to) return undefined
  if (to === undefined) return `${from} must not import the composition (${toPath})`
  if (from === 'emulator')
    return emulatorImports.has(to) ? undefined : `emulator may import only ${[...emulatorImports].join(', ')}, not ${to}`
  if (to === 'emulator') return emulatorUsers.has(from) ? undefined : `${from} must not import the emulator`
  const fromLayer = layers[from]
  const toLayer = layers[to]
  if (fromLayer === undefined || toLayer === undefined) return `src/${fromLayer === undefined ? from : to} has no layer in architecture.md`
  if (toLayer < fromLayer || siblings.has(`${from}→${to}`)) return undefined
  return toLayer === fromLayer
    ? `${from} must not import ${to}: both are layer ${fromLayer} and ${from}→${to} is no allowed edge`
    : `${from} (layer ${fromLayer}) must not import ${to} (layer ${toLayer})`
}

const doorRule: Rule = {
  name: 'doors',
  check: (project) => [
    ...judgeEdges(project, (file, to) => {
      // Tests outside src prove what is inside the modules; everybody else knocks.
      const module = moduleOf(to)
      if (file.path.startsWith('tests/') || module === undefined || withoutDoor.has(module) || module === moduleOf(file.path))
        return undefined
      return to === `src/${module}/index.ts` ? undefined : `import ${module} through its door, src/${module}/index.ts`
    }),
    ...judgePackages(project, (file, { specifier }) =>
      file.path.startsWith('src/') && /^catraca(?:\/|$)/.test(specifier)
        ? 'inside src import by path, not by our own package name'
        : undefined,
    ),
  ],
}

/** The library runs in somebody's Next.js application: a server or a command must not come along with it. */
const libraryRule: Rule = {
  name: 'library door',
  check(project) {
    const violations: Violation[] = []
    const seen = new Set<string>()
    const visit = (path: string, route: readonly string[]): void => {
      const file = project.sources.get(path)
      if (!file || seen.has(path)) return
      seen.add(path)
      for (const edge of file.imports) {
        if (edge.target === undefined) continue
        if (/^src\/(?:http|cli|channels)\//.test(edge.target)) {
          const message = `src/index.ts reaches ${edge.target} by ${[...route, path].join(' → ')}`
          violations.push({ file: path, line: edge.line, message })
        } else visit(edge.target, [...route, path])
      }
    }
    visit('src/index.ts', [])
    return violations
  },
}

const cycleRule: Rule = {
  name: 'no import cycles',
  check(project) {
    const violations: Violation[] = []
    const done = new Set<string>()
    const visit = (path: string, route: readonly string[]): void => {
      const file = project.sources.get(path)
      if (!file || done.has(path)) return
      for (const edge of file.imports) {
        if (edge.target === undefined) continue
        const inner = [...route, path]
        const start = inner.indexOf(edge.target)
        if (start >= 0) violations.push({ file: path, line: edge.line, message: [...inner.slice(start), edge.target].join(' → ') })
        else visit(edge.target, inner)
      }
      done.add(path)
    }
    for (const path of project.sources.keys()) visit(path, [])
    return violations
  },
}

const extensionRule: Rule = {
  name: 'import extension',
  check: (project) =>
    judgeEdges(project, (_file, to, { specifier }) => {
      if (!/\.(?:ts|tsx|js|json|css)$/.test(specifier)) return `'${specifier}' needs its file extension, .ts`
      return project.texts.has(to) ? undefined : `'${specifier}' is no file of the repository`
    }),
}

function judgePackages(project: Project, judge: (file: SourceFile, edge: Import) => string | undefined): Violation[] {
  const violations: Violation[] = []
  for (const file of project.sources.values()) {
    for (const edge of file.imports) {
      const message = edge.target === undefined ? judge(file, edge) : undefined
      if (message) violations.push({ file: file.path, line: edge.line, message })
    }
  }
  return violations
}

/** What is shipped needs its packages as dependencies; a package that only another package brought may be gone tomorrow. */
const packageRule: Rule = {
  name: 'declared packages',
  check(project) {
    const manifest = JSON.parse(project.texts.get('package.json') ?? '{}') as Record<string, Record<string, string> | undefined>
    const runtime = new Set(Object.keys(manifest.dependencies ?? {}))
    const optional = new Set(Object.keys(manifest.optionalDependencies ?? {}))
    const all = new Set([...runtime, ...optional, ...Object.keys(manifest.devDependencies ?? {})])
    return judgePackages(project, (file, { specifier, typeOnly, isDynamic }) => {
      if (specifier.startsWith('node:') || /^catraca(?:\/|$)/.test(specifier)) return undefined
      const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
      const shipped = file.path.startsWith('src/') && !isTest(file.path) && !typeOnly
      // It may not be there: only an import that can fail by itself may ask for it.
      if (shipped && optional.has(name) && isDynamic) return undefined
      return (shipped ? runtime : all).has(name)
        ? undefined
        : `${name} is not in package.json's ${shipped ? 'dependencies' : 'dependencies or devDependencies'}`
    })
  },
}

/** What other packages import; only they know which of its exports are used. */
const packageDoors = new Set(['src/index.ts', 'src/config.ts', 'src/server.ts', 'src/emulator/index.ts'])

/** Vitest and Vite read these by their names; what is in `bin` is loaded by its address, because it runs before there are packages. */
const takenByOthers = /\.config\.ts$|^tests\/_support\/(?:global|packed)-setup\.ts$|^bin\//

/** An export is a promise to others: without anybody who takes it, it is dead code or a detail of its file. Types of what is exported may be. */
const unusedExportRule: Rule = {
  name: 'no unused exports',
  check(project) {
    const taken = new Map<string, Set<string>>()
    for (const { imports } of project.sources.values()) {
      for (const { target, names, typeOnly } of imports) {
        if (target === undefined) continue
        const ofTarget = taken.get(target) ?? new Set()
        taken.set(target, ofTarget)
        // `import('…').Type` has no list of names, and neither has an import for its effects, which takes nothing.
        for (const name of typeOnly && names.length === 0 ? ['*'] : names) ofTarget.add(name)
      }
    }
    const violations: Violation[] = []
    for (const file of project.sources.values()) {
      if (packageDoors.has(file.path) || takenByOthers.test(file.path)) continue
      const names = taken.get(file.path)
      if (names?.has('*')) continue
      for (const { name, line } of file.exports) {
        if (!names?.has(name)) violations.push({ file: file.path, line, message: `nobody imports ${name}` })
      }
    }
    return violations
  },
}

export const importRules: readonly Rule[] = [layerRule, doorRule, libraryRule, cycleRule, extensionRule, packageRule, unusedExportRule]
