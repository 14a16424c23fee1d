import { enableCompileCache } from 'node:module'

// Before anything else is loaded: the second start of any command is then a good deal faster.
enableCompileCache()

// A reader that has seen enough (`catraca usage | head`) is no error, and what is under way ends in order: a gateway books, PostgreSQL stops.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

const { runCli } = await import('./cli/index.ts')

process.exitCode = await runCli(process.argv.slice(2), {
  up: async (options, terminal) => {
    const { up } = await import('./up.ts')
    await up(options, terminal)
  },
  simulate: async (options, terminal, show) => {
    const { simulate } = await import('./simulate.ts')
    await simulate(options, terminal, show)
  },
})
