import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Secret } from '../shared/secret.ts'

const schema = z.object({
  since: z.iso.datetime(),
  adminKey: z.string().min(1),
  baseUrls: z.object({ openai: z.url(), groq: z.url(), anthropic: z.url(), google: z.url(), vercel: z.url() }),
})

/** Where the demo's emulator can be asked for its own count. It forgets when the gateway stops. */
export interface DemoEmulator {
  since: Date
  adminKey: Secret
  baseUrls: z.infer<typeof schema>['baseUrls']
}

const fileOf = (dataDir: string) => join(dataDir, 'demo-emulator.json')

/** For commands in other processes, as long as the demo runs. The key opens the emulator's reports and nothing else. */
export async function tellDemoEmulator(dataDir: string, told: z.infer<typeof schema>): Promise<() => Promise<void>> {
  await writeFile(fileOf(dataDir), `${JSON.stringify(told)}\n`, { mode: 0o600 })
  return () => rm(fileOf(dataDir), { force: true })
}

/** Undefined where none was told of, or what is there cannot be read. */
export async function findDemoEmulator(dataDir: string): Promise<DemoEmulator | undefined> {
  try {
    const { since, adminKey, baseUrls } = schema.parse(JSON.parse(await readFile(fileOf(dataDir), 'utf8')))
    return { since: new Date(since), adminKey: new Secret(adminKey), baseUrls }
  } catch {
    return undefined
  }
}
