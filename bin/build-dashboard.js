import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { buildDocs } from './build-docs.js'
import { underLock } from './install.js'

const stampName = '.sources'

/**
 * Builds the dashboard with `node`, and the pages of `docs` with it, when their sources are not those that `dashboard/dist` was built of. A
 * package that was installed has no sources and its dashboard built. Rejects with what to do; the old build stays then.
 */
export async function buildDashboard(root, node) {
  const folder = join(root, 'dashboard')
  if (!existsSync(join(folder, 'index.html')) || isBuilt(folder, hashSources(root))) return
  await underLock(join(root, '.dashboard.lock'), 'building the dashboard', async (lock) => {
    const hash = hashSources(root)
    if (isBuilt(folder, hash)) return
    const started = Date.now()
    const next = join(folder, `dist.${process.pid}`)
    try {
      await runVite({ root, node, next, lock })
      await buildDocs(root, next)
      writeFileSync(join(next, stampName), hash)
      // Whole or not at all: a gateway may be serving the old one.
      rmSync(join(folder, 'dist'), { recursive: true, force: true })
      renameSync(next, join(folder, 'dist'))
    } finally {
      rmSync(next, { recursive: true, force: true })
    }
    process.stderr.write(`catraca: built the dashboard in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
  })
}

function isBuilt(folder, hash) {
  try {
    return readFileSync(join(folder, 'dist', stampName), 'utf8') === hash
  } catch {
    return false
  }
}

/** Of all that goes into the build; tests and the READMEs of the dashboard's folders change nothing in it. */
function hashSources(root) {
  const hash = createHash('sha256')
  const add = (path) =>
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0')
  const addFolder = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('dist')) addFolder(path)
      } else if (folder.startsWith('docs') || !/\.test\.tsx?$|\.md$/.test(entry.name)) add(path)
    }
  }
  addFolder('dashboard')
  if (existsSync(join(root, 'docs'))) addFolder('docs')
  for (const path of ['bin/build-docs.js', 'bin/docs.css']) if (existsSync(join(root, path))) add(path)
  if (existsSync(join(root, 'package-lock.json'))) add('package-lock.json')
  return hash.digest('hex')
}

async function runVite({ root, node, next, lock }) {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const repair = 'the gateway starts without its dashboard'
  if (!existsSync(vite)) throw new Error(`Vite is not installed, so ${repair}. Install it: npm ci --ignore-scripts in ${root}`)
  const child = spawn(node, [vite, 'build', 'dashboard', '--outDir', next, '--emptyOutDir', '--logLevel', 'error'], {
    cwd: root,
    // Whatever started us: React's own checks for developers are two thirds of its size.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A launcher that is killed leaves Vite at work: the next one waits for it.
  if (child.pid !== undefined) appendFileSync(lock, ` ${child.pid}`)
  const exit = new Promise((resolve) => child.on('exit', resolve).on('error', resolve))
  const [words, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  if (code !== 0)
    throw new Error(`the dashboard did not build, so ${repair}. To see why: npx vite build dashboard\n${words}${errors}`.trimEnd())
}
