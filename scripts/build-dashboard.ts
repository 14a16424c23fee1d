import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

// Before `npm pack`: what is published has its dashboard built.
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { buildDashboard } = (await import(new URL('../bin/build-dashboard.js', import.meta.url).href)) as {
  buildDashboard(root: string, node: string): Promise<void>
}
await buildDashboard(root, process.execPath)
