import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import type { GatewayReady } from './gateway.ts'

/** As the launcher starts it. */
export const { gatewayProcess } = (await import(new URL('../../bin/gateway-process.js', import.meta.url).href)) as {
  gatewayProcess: { flags: string[]; env: Record<string, string> }
}

export interface GatewayPlace {
  /** Of its data. */
  dir: string
  upstreamUrl: string
  /** Where its log lines go. */
  stdoutFile: string
  /** Folder for a .cpuprofile. */
  profile?: string | undefined
}

export function startGateway({ dir, upstreamUrl, stdoutFile, profile }: GatewayPlace): Promise<Child<GatewayReady>> {
  return startChild<GatewayReady>({
    file: 'gateway.ts',
    args: [dir],
    stdoutFile,
    execArgv: [...gatewayProcess.flags, ...(profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile])],
    env: gatewayEnv(dir, upstreamUrl),
  })
}

export function gatewayEnv(dir: string, upstreamUrl: string): Record<string, string> {
  return {
    ...gatewayProcess.env,
    // Where `catraca up` keeps what it has compiled: only a machine's very first start finds none.
    NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    ENABLE_AI_GATEWAY: 'true',
    NODE_ENV: 'production',
    PORT: '0',
    CATRACA_DATA_DIR: dir,
    CATRACA_DEMO: 'false',
    USD_BRL_RATE: '5.4321',
    OPENAI_BASE_URL: `${upstreamUrl}/v1`,
    GROQ_BASE_URL: `${upstreamUrl}/openai/v1`,
  }
}
