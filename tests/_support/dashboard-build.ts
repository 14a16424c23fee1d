import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Builds the dashboard if its sources have changed, once for all test files that want it. Returns its folder. For a `beforeAll`. */
export async function ensureDashboard(): Promise<string> {
  const { buildDashboard } = (await import(new URL('../../bin/build-dashboard.js', import.meta.url).href)) as {
    buildDashboard(root: string, node: string): Promise<void>
  }
  await buildDashboard(root, process.execPath)
  return join(root, 'dashboard/dist')
}
