import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'

/**
 * True if `node_modules` holds what `package-lock.json` asks for, by npm's own record of what it installed: two JSON files, a few
 * milliseconds. npm writes that record last, so an interrupted install does not pass.
 */
export function isInstalled(root, needsDevDependencies) {
  const wanted = readPackages(join(root, 'package-lock.json'))
  // Without a lockfile we are somebody's dependency, and theirs to install.
  if (!wanted) return true
  const found = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (!found) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const installed = found[path]
    if (installed) return installed.version === entry.version && installed.integrity === entry.integrity
    // Packages of other platforms are optional, and a production install leaves the developers' ones out.
    return entry.optional || ((entry.dev || entry.devOptional) && !needsDevDependencies)
  })
}

/**
 * `npm ci` without install scripts, unless another process has just done it. npm's words go to stderr, so that a command's own output
 * stays clean.
 */
export async function install(root, isReady) {
  await underLock(join(root, '.install.lock'), 'installing', async (lock) => {
    if (isReady()) return
    const started = Date.now()
    process.stderr.write('catraca: installing the packages of package-lock.json (a minute at most on a fast line) …\n')
    await runNpm(root, lock, [
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--include=dev',
      '--include=optional',
      '--loglevel=error',
    ])
    process.stderr.write(`catraca: installed in ${Math.round((Date.now() - started) / 1000)} s\n`)
  })
}

/** Runs `work` while no other process does the same in this folder; `doing` is what whoever waits is told of. */
export async function underLock(lock, doing, work) {
  await takeLock(lock, doing)
  try {
    return await work(lock)
  } finally {
    rmSync(lock, { force: true })
  }
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

function runNpm(root, lock, args) {
  return new Promise((resolve, reject) => {
    const child = spawnNpm(root, args)
    // A launcher that is killed leaves npm at work: the next one waits for it.
    appendFileSync(lock, ` ${child.pid}`)
    child.on('error', (error) => reject(new Error(`npm does not start: ${error.message}`)))
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`npm ci failed, see above; nothing was started. By hand: npm ci --ignore-scripts in ${root}`))
    })
  })
}

function spawnNpm(root, args) {
  const ours = join(root, 'node_modules')
  // npm removes node_modules first, so neither it nor what it starts may run on the Node inside.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(ours))
  const options = { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, PATH: path.join(delimiter) } }
  const { npm_execpath: npmCli, npm_node_execpath: npmNode } = process.env
  if (npmCli && npmNode && basename(npmCli) === 'npm-cli.js' && !npmNode.startsWith(ours) && existsSync(npmCli) && existsSync(npmNode)) {
    return spawn(npmNode, [npmCli, ...args], options)
  }
  const shell = process.platform === 'win32'
  return spawn(shell ? 'npm.cmd' : 'npm', args, { ...options, shell })
}

/** Two commands started at once on a fresh clone: the second waits for the first one's install instead of removing it. */
async function takeLock(lock, doing) {
  for (let told = false; ; told = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!isHeld(lock)) rmSync(lock, { force: true })
    else if (!told) process.stderr.write(`catraca: another process is ${doing}; waiting until ${lock} is gone …\n`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function isHeld(lock) {
  try {
    return readFileSync(lock, 'utf8').split(' ').some(isAlive)
  } catch {
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
