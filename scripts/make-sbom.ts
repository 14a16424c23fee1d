import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LockedPackages, shippedPackages } from './shipped-packages.ts'

/**
 * What the package brings along, as CycloneDX JSON: every package of the lockfile but the developers' ones, those of other platforms included,
 * with version, licence and hash. npm writes it from the lockfile alone, so it is the same wherever it is made.
 */
export function makeSbom(root: string): string {
  const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: LockedPackages }
  const { devDependencies: _tools, ...own } = lock.packages[''] as Record<string, unknown>
  const scratch = mkdtempSync(join(tmpdir(), 'catraca-sbom-'))
  // npm takes the folder's name for the package's.
  const folder = join(scratch, 'catraca')
  mkdirSync(folder)
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages: { '': own, ...shippedPackages(lock.packages) } }))
    const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--loglevel', 'error']
    const options = {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 2],
      maxBuffer: 64 * 1024 * 1024,
    } satisfies ExecFileSyncOptionsWithStringEncoding
    return process.platform === 'win32' ? execFileSync('npm.cmd', args, { ...options, shell: true }) : execFileSync('npm', args, options)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}
