import { type MockInstance, vi } from 'vitest'
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../../_support/gateway.ts'

export type Library = typeof import('../../../src/index.ts') & typeof import('../../../src/config.ts')

export interface TestLibrary extends Library {
  /** Its emulator, its database and its clients; its server is another process's, as far as the library is concerned. */
  gateway: TestGateway
  /** Where a server would keep its spool. */
  dataDir: string
  /** Every line that the library has written to the console. */
  lines(): string[]
  closeAll(): Promise<void>
}

/**
 * The library as an application has it: found by its public doors, configured by the environment alone. A test file has one, because a
 * process has one: its modules are loaded anew, because other test files were in this process before.
 */
export async function startTestLibrary(options: TestGatewayOptions = {}): Promise<TestLibrary> {
  const gateway = await startTestGateway(options)
  // A function has no disk to write to: the library must not need this folder, so it is not there.
  const dataDir = `${gateway.env.CATRACA_DATA_DIR}-of-the-library`
  for (const [name, value] of Object.entries({ ...gateway.env, CATRACA_DATA_DIR: dataDir })) vi.stubEnv(name, value)
  globalThis.AI_SDK_LOG_WARNINGS = false
  const spies: MockInstance[] = [vi.spyOn(console, 'log'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]
  for (const spy of spies) spy.mockImplementation(() => {})
  vi.resetModules()
  const library = await import('../../../src/index.ts')
  const config = await import('../../../src/config.ts')
  const { libraryContext } = await import('../../../src/library-context.ts')
  return {
    ...library,
    ...config,
    gateway: { ...gateway, elsewhere: libraryContext },
    dataDir,
    lines: () => spies.flatMap((spy) => spy.mock.calls.map((call) => call.join(' '))),
    async closeAll() {
      await (await libraryContext()).close()
      await gateway.close()
      vi.unstubAllEnvs()
      vi.restoreAllMocks()
    },
  }
}
