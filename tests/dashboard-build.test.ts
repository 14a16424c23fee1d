import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureDashboard } from './_support/dashboard-build.ts'

const repository = dirname(dirname(fileURLToPath(import.meta.url)))
const { buildDashboard } = (await import(new URL('../bin/build-dashboard.js', import.meta.url).href)) as {
  buildDashboard(root: string, node: string): Promise<void>
}

describe('buildDashboard', () => {
  let root: string
  const build = () => buildDashboard(root, process.execPath)
  const built = async () => (await stat(join(root, 'dashboard/dist/index.html'))).mtimeMs
  const writePage = (script: string) => writeFile(join(root, 'dashboard/page.js'), script)

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'catraca-build-'))
    await mkdir(join(root, 'dashboard'))
    await symlink(join(repository, 'node_modules'), join(root, 'node_modules'), 'dir')
    await cp(join(repository, 'package-lock.json'), join(root, 'package-lock.json'))
    await writeFile(join(root, 'dashboard/index.html'), '<script type="module" src="./page.js"></script>')
    await writePage('document.title = "one"')
  })
  afterEach(() => rm(root, { recursive: true }))

  it('builds once for all who want it at the same time, and again only when a source has changed', async () => {
    await Promise.all([build(), build()])
    const first = await built()
    await build()
    expect(await built()).toBe(first)
    await writePage('document.title = "two"')
    await build()
    expect(await built()).toBeGreaterThan(first)
    expect(await readdir(root)).not.toContain('.dashboard.lock')
    expect((await readdir(join(root, 'dashboard'))).filter((name) => name.startsWith('dist'))).toEqual(['dist'])
  })

  it('keeps the old one where the new one does not build, and says what to do', async () => {
    await build()
    const first = await built()
    await writePage('this is no script')
    await expect(build()).rejects.toThrow('the gateway starts without its dashboard')
    expect(await built()).toBe(first)
  })
})

describe('the dashboard itself', () => {
  it('loads less than 300 kB of compressed scripts at first', async () => {
    const folder = await ensureDashboard()
    const page = await readFile(join(folder, 'index.html'), 'utf8')
    const first = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '')
    // One language comes on top of what the page names.
    const names = await readdir(join(folder, 'assets'))
    const language = names.filter((name) => /^pt-br-.*\.js$/.test(name)).map((name) => `/assets/${name}`)
    const sizes = await Promise.all(
      [...first, ...language].map(async (path) => (await stat(join(folder, `${path}.gz`)).catch(() => stat(join(folder, path)))).size),
    )
    const total = sizes.reduce((sum, size) => sum + size, 0)
    console.info(`dashboard: ${Math.round(total / 1000)} kB of scripts in the first load, gzip`)
    expect(first.length).toBeGreaterThan(0)
    expect(total).toBeLessThan(300_000)
  })
})
