import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const run = promisify(execFile)

/**
 * What somebody else's shell would have: the Node and npm of the machine, not those that this repository brings, and nothing of the npm run or
 * the gateway's settings that this test is itself a part of; how npm reaches a registry stays.
 */
export function strangersEnvironment(): NodeJS.ProcessEnv {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  const foreign =
    /^npm_(?!config_(?:registry|cache|userconfig|proxy|https_proxy|noproxy|cafile)$)|^VITEST|^CATRACA_|^NODE_(?!EXTRA_CA_CERTS$)|^DATABASE_URL$|_BASE_URL$|_API_KEY$|^INIT_CWD$|^PORT$|^HOST$/
  const rest = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return { ...Object.fromEntries(rest), PATH: path.join(delimiter), CI: 'true', NEXT_TELEMETRY_DISABLED: '1' }
}

/** A command that must end well; its output. */
export async function runIn(folder: string, command: string, ...args: string[]): Promise<string> {
  const options = { cwd: folder, env: strangersEnvironment(), maxBuffer: 64 * 1024 * 1024 }
  const { stdout } = await run(command, args, options).catch((error: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`${command} ${args.join(' ')}: ${error.message}\n${error.stdout ?? ''}\n${error.stderr ?? ''}`)
  })
  return stdout
}

export interface Packed {
  /** Of the tarball. */
  path: string
  files: readonly { path: string; size: number }[]
  size: number
}

/** `npm pack` in the repository, as whoever publishes it runs it. */
export async function packPackage(into: string): Promise<Packed> {
  const [packed] = JSON.parse(await runIn(repository, 'npm', 'pack', '--json', '--pack-destination', into)) as (Packed & {
    filename: string
  })[]
  if (!packed) throw new Error('npm pack made nothing')
  return { path: join(into, packed.filename), files: packed.files, size: packed.size }
}

/** A project of somebody's in a folder of its own, which has the package installed from its tarball; no install script is run. */
export async function installPacked(tarball: string): Promise<string> {
  const folder = await makeFolder()
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'project', version: '1.0.0', private: true }))
  await runIn(folder, 'npm', 'install', ...quietly, tarball)
  return folder
}

/** A copy of `examples/<name>` with what its lockfile says installed, and the package from its tarball if it wants that, as its README has it. */
export async function installExample(name: string, tarball?: string): Promise<string> {
  const folder = await makeFolder()
  const isMade = /\/(?:node_modules|\.next|\.catraca|\.env\.local)$/
  await cp(join(repository, 'examples', name), folder, { recursive: true, filter: (path) => !isMade.test(path) })
  await runIn(folder, 'npm', 'ci', ...quietly)
  if (tarball) await runIn(folder, 'npm', 'install', '--no-save', ...quietly, tarball)
  return folder
}

const quietly = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

async function makeFolder(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'catraca-installed-'))
  // As root, PostgreSQL runs as another user, who has to get in.
  await chmod(home, 0o755)
  return join(home, 'project')
}
