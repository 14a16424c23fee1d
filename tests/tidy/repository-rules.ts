import { judgeLines } from './form-rules.ts'
import { isLockfile, type Project, type Rule, type Violation } from './project.ts'

const migrationRule: Rule = {
  name: 'migration versions',
  check(project) {
    const violations: Violation[] = []
    const seen = new Map<string, string>()
    for (const path of project.texts.keys()) {
      const name = /^supabase\/migrations\/([^/]+)$/.exec(path)?.[1]
      if (name === undefined) continue
      const version = /^(\d{14})_[a-z0-9_]+\.sql$/.exec(name)?.[1]
      if (!version) violations.push({ file: path, line: 1, message: 'a migration is called <14 digits>_<words>.sql' })
      else if (seen.has(version)) violations.push({ file: path, line: 1, message: `version ${version} is also ${seen.get(version)}` })
      else seen.set(version, path)
    }
    return violations
  },
}

const pathRule: Rule = {
  name: 'no absolute paths of a machine',
  check: (project) =>
    judgeLines(
      project,
      /(?:^|[^\w.~])(?:\/(?:home|Users|root|work)\/\w|[A-Z]:\\\\?(?:Users|Documents)\b)/,
      'a path of one machine',
      isOurs,
    ),
}

function isOurs(path: string): boolean {
  return !isLockfile(path)
}

const lockfileRule: Rule = {
  name: 'lockfile without addresses',
  check: (project) =>
    judgeLines(project, /"resolved":/, 'written without omit-lockfile-registry-resolved: the lockfile names a registry', isLockfile),
}

interface LockEntry {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** `npm ci` refuses a lockfile without the packages of other platforms, and so does every fresh clone. */
const completeLockfileRule: Rule = {
  name: 'lockfile complete',
  check: (project) => [...project.texts].flatMap(([file, text]) => (isLockfile(file) ? judgeLockfile(project, file, text) : [])),
}

function judgeLockfile(project: Project, file: string, text: string): Violation[] {
  const packages = (JSON.parse(text) as { packages: Record<string, LockEntry> }).packages
  const violation = (message: string): Violation => ({ file, line: 1, message })
  const known = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)))
  const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !known.has(name))
      .map((name) => violation(`${name}, wanted by ${path || 'package.json'}, is not in it: npm ci fails`)),
  )
  const manifest = project.texts.get(file.replace('package-lock', 'package'))
  return [...missing, ...(isInStep(manifest, packages['']) ? [] : [violation('it belongs to another package.json: run npm install')])]
}

function isInStep(text: string | undefined, locked: LockEntry | undefined): boolean {
  const manifest = JSON.parse(text ?? '{}') as LockEntry
  const wanted = (entry: LockEntry): string =>
    JSON.stringify([entry.dependencies, entry.devDependencies, entry.optionalDependencies].map((list) => Object.entries(list ?? {}).sort()))
  return wanted(locked ?? {}) === wanted(manifest)
}

const mostDependencies = 25

/** Each package that we ship with is a decision; the file of decisions says why it was taken. */
const dependencyRule: Rule = {
  name: 'dependencies explained',
  check(project) {
    const manifest = JSON.parse(project.texts.get('package.json') ?? '{}') as LockEntry
    const names = Object.keys(manifest.dependencies ?? {})
    const decisions = [...project.texts].filter(([path]) => path.startsWith('docs/decisions/')).map(([, text]) => text)
    const violation = (message: string): Violation => ({ file: 'package.json', line: 1, message })
    const unexplained = names.filter((name) => !decisions.some((text) => text.includes(`\`${name}\``)))
    return [
      ...unexplained.map((name) => violation(`${name} has no line in docs/decisions`)),
      ...(names.length > mostDependencies ? [violation(`${names.length} runtime dependencies, more than ${mostDependencies}`)] : []),
    ]
  },
}

/** What a reader types has to be there. */
const readmeRule: Rule = {
  name: 'README commands',
  check(project) {
    const violations: Violation[] = []
    for (const [path, text] of project.texts) {
      if (!/^README(?:\.[\w-]+)?\.md$/.test(path)) continue
      for (const [index, line] of text.split('\n').entries()) {
        for (const missing of missingCommands(line, project))
          violations.push({ file: path, line: index + 1, message: `there is no ${missing}` })
      }
    }
    return violations
  },
}

function missingCommands(line: string, project: Project): string[] {
  const manifest = JSON.parse(project.texts.get('package.json') ?? '{}') as { scripts?: Record<string, string> }
  const scripts = [...line.matchAll(/\bnpm (?:run ([\w:-]+)|(test)\b)/g)].map((match) => match[1] ?? match[2] ?? '')
  const commands = [...line.matchAll(/\bnpx (?:--no-install )?catraca ([a-z][\w-]*)/g)].map((match) => match[1] ?? '')
  const files = [...line.matchAll(/\b(?:node|bash|sh) ((?:bin|scripts|benchmarks|\.ci)\/[\w./-]+)/g)].map((match) => match[1] ?? '')
  return [
    ...scripts.filter((name) => manifest.scripts?.[name] === undefined).map((name) => `npm script ${name}`),
    ...commands.filter((name) => !hasCommand(name, project)).map((name) => `command catraca ${name}`),
    ...files.filter((name) => !project.texts.has(name)).map((name) => `file ${name}`),
  ]
}

function hasCommand(name: string, project: Project): boolean {
  const declared = new RegExp(`(?:\\.command\\(|new Command\\(|\\bname:\\s*)['"]${name}[ '"]`)
  return [...project.texts].some(([path, text]) => path.startsWith('src/cli/') && (path.endsWith(`/${name}.ts`) || declared.test(text)))
}

export const repositoryRules: readonly Rule[] = [migrationRule, pathRule, lockfileRule, completeLockfileRule, dependencyRule, readmeRule]
