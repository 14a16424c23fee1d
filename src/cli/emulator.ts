import { once } from 'node:events'
import { type EmulatorBaseUrls, startEmulator } from '../emulator/index.ts'
import { errorCode } from '../shared/error-code.ts'
import { type AddCommands, example, wholeNumber, withJson } from './command.ts'
import type { Terminal } from './terminal.ts'

interface EmulatorOptions {
  port: number
  acceptKey?: string[]
  json?: boolean
}

/** The variable that points the gateway at each of them. */
const variables: Record<keyof EmulatorBaseUrls, string> = {
  openai: 'OPENAI_BASE_URL',
  groq: 'GROQ_BASE_URL',
  anthropic: 'ANTHROPIC_BASE_URL',
  google: 'GOOGLE_BASE_URL',
  vercel: 'AI_GATEWAY_BASE_URL',
  exchangeRate: 'EXCHANGE_RATE_URL',
}

export const addEmulatorCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('emulator')
    .description('the providers on this machine, in their own wire formats, for tests: it costs nothing and runs until Ctrl-C')
    .option('--port <number>', 'port to listen on (default a free one)', wholeNumber(0), 0)
    .option('--accept-key <key...>', 'keys that it accepts; any other is a 401')
  example(withJson(command), 'npx catraca emulator --port 4010 --accept-key sk-test-openai gsk_test_groq').action(
    async (options: EmulatorOptions) => {
      const keys = options.acceptKey ?? []
      const emulator = await startEmulator({ port: options.port, keys }).catch((error: unknown) => {
        throw errorCode(error) === 'EADDRINUSE' ? new Error(`Port ${options.port} is in use: choose another with --port`) : error
      })
      announce(terminal, options, emulator.url, emulator.baseUrls)
      if (keys.length === 0) terminal.err('No --accept-key was given: every call is a 401 until POST /_emulator/keys says otherwise.')
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
      await emulator.close()
    },
  )
}

function announce(terminal: Terminal, options: EmulatorOptions, url: string, baseUrls: EmulatorBaseUrls): void {
  if (options.json) {
    terminal.out(`${JSON.stringify({ url, base_urls: baseUrls })}\n`)
    return
  }
  const lines = Object.entries(variables).map(([name, variable]) => `${variable}=${baseUrls[name as keyof EmulatorBaseUrls]}`)
  terminal.out(`${lines.join('\n')}\n`)
  terminal.err(
    `The emulator listens on ${url}. With these lines in .env.local, or exported, the gateway calls it. What it served: ${url}/_emulator/served`,
  )
}
