import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Child } from './overhead/child.ts'

/** A folder, and processes in it that end before it is gone. Says what machine it is, before and after. */
export async function withBenchFolder(
  run: (dir: string, start: <Ready>(child: Promise<Child<Ready>>) => Promise<Child<Ready>>) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'catraca-bench-'))
  // The server's own account, when we are root, must be able to reach its data.
  await chmod(dir, 0o755)
  const children: Child<unknown>[] = []
  const load = () => `load average ${loadavg()[0]?.toFixed(1)}`
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${load()}, ${new Date().toISOString()}`)
  try {
    await run(dir, async (starting) => {
      const child = await starting
      children.push(child)
      return child
    })
    console.log(load())
  } finally {
    for (const child of children.toReversed()) await child.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
