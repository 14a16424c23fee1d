import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type Packed, packPackage } from './packed-package.ts'

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed
  }
}

/** What `npm pack` makes, once for every test that installs it: its build is dear. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'catraca-packed-'))
  project.provide('packed', await packPackage(folder))
  return async () => await rm(folder, { recursive: true, force: true })
}
