#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { gatewayProcess } from './gateway-process.js'
import { launch } from './launch.js'

// Runs on whatever Node is there (18 or newer); the gateway itself runs on the pinned one. The checkout runs its sources; a package that was
// installed has no sources but what `prepack` made of them, because Node strips no types under node_modules.
const args = process.argv.slice(2)
const entry = existsSync(new URL('../src/main.ts', import.meta.url)) ? 'src/main.ts' : 'dist/main.js'
const startsGateway = args[0] === 'up' && !args.includes('--help') && !args.includes('-h')
await launch({ entry, args, needsDevDependencies: false, needsDashboard: startsGateway, ...(startsGateway && gatewayProcess) })
