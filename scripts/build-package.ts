import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeSbom } from './make-sbom.ts'

// Before `npm pack`: JavaScript and its types from the sources, the dashboard, and the list of what the package brings along (0035).
const root = fileURLToPath(new URL('..', import.meta.url))
const { buildDashboard } = (await import(new URL('../bin/build-dashboard.js', import.meta.url).href)) as {
  buildDashboard(root: string, node: string): Promise<void>
}

// Whole and anew: a file whose source is gone must not be published.
rmSync(join(root, 'dist'), { recursive: true, force: true })
const compiler = join(root, 'node_modules/typescript/bin/tsc')
// npm pack --json has its own answer on stdout.
execFileSync(process.execPath, [compiler, '--project', 'tsconfig.build.json', '--pretty', 'false'], { cwd: root, stdio: ['ignore', 2, 2] })
await buildDashboard(root, process.execPath)
writeFileSync(join(root, 'dist', 'sbom.cdx.json'), makeSbom(root))
