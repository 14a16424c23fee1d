import { spawn } from 'node:child_process'
import { open, readFile, truncate } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { Account } from './server-account.ts'
import { binaryPath, type ServerBinaries, serverEnvironment } from './server-binaries.ts'

const largestLogBytes = 1_000_000

/**
 * `log` as the least level keeps refused statements out of the log, and with them whatever keys they carried; starts, stops and crashes
 * are still there, without a line for every checkpoint.
 */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  fsync: 'on',
  logging_collector: 'off',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  timezone: 'UTC',
  jit: 'off',
}

export interface SpawnedServer {
  pid: number | undefined
  /** What it said, once it has ended; undefined while it runs. */
  ended(): string | undefined
}

/**
 * Starts a server that outlives this process, on a free port: the one that it had the last time, if it can, because others may still be
 * waiting for it there. Whether it comes up is seen in its lock file.
 */
export async function spawnServer(server: {
  path: string
  dataDir: string
  binaries: ServerBinaries
  account: Account | undefined
}): Promise<SpawnedServer> {
  const port = await findFreePort(await readLastPort(server.path)).catch(() => findFreePort(0))
  const logFile = join(server.dataDir, 'postgres.log')
  const log = await open(logFile, 'a', 0o600)
  try {
    if ((await log.stat()).size > largestLogBytes) await truncate(logFile)
    const logStart = (await log.stat()).size
    const program = binaryPath(server.binaries, 'postgres')
    const values = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(program, ['-D', server.path, '-p', String(port), ...values], {
      cwd: dirname(program),
      env: serverEnvironment,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
      ...server.account,
    })
    let said: string | undefined
    child.on('error', (error) => {
      said ??= error.message
    })
    child.on('exit', () => {
      void readFile(logFile).then(
        (text) => {
          said ??= text.subarray(logStart).toString()
        },
        () => {
          said ??= ''
        },
      )
    })
    child.unref()
    return { pid: child.pid, ended: () => said }
  } finally {
    await log.close()
  }
}

/** From the command line that a server leaves in its cluster; 0 where none ever ran. */
async function readLastPort(cluster: string): Promise<number> {
  const options = await readFile(join(cluster, 'postmaster.opts'), 'utf8').catch(() => '')
  return Number(/"-p" "(\d+)"/.exec(options)?.[1] ?? 0)
}

/** Free now; somebody may take it before the server does, and then another is tried. */
async function findFreePort(wanted: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    // In a worker of node:cluster it would be the primary that listens otherwise.
    probe.listen({ port: wanted, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}
