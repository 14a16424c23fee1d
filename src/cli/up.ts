import type { Command } from 'commander'
import { example, onStore } from './command.ts'
import type { Terminal } from './terminal.ts'

export interface UpOptions {
  port: string | undefined
  host: string | undefined
  dataDir: string | undefined
}

/** Resolves when the gateway has been stopped. */
export type StartGateway = (options: UpOptions, terminal: Terminal) => Promise<void>

export function addUpCommand(program: Command, terminal: Terminal, up: StartGateway): void {
  const command = program
    .command('up')
    .description(
      'start the gateway, with a PostgreSQL of its own (or DATABASE_URL); without provider keys in demo mode, where an emulator answers',
    )
    .option('--port <number>', 'port to listen on (PORT; default 3000)')
    .option('--host <address>', 'address to listen on (HOST; default 127.0.0.1, this machine only)')
  example(onStore(command), 'npx catraca up', 'npx catraca up --port 8080 --data-dir ./data').action(
    (options: { port?: string; host?: string; dataDir?: string }) =>
      up({ port: options.port, host: options.host, dataDir: options.dataDir }, terminal),
  )
}
