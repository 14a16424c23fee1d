#!/usr/bin/env node
import { launch } from './launch.js'

// Runs on whatever Node is there (18 or newer); the gateway itself runs on the pinned one.
const args = process.argv.slice(2)
const needsDashboard = args[0] === 'up' && !args.includes('--help') && !args.includes('-h')
await launch({ entry: 'src/main.ts', args, needsDevDependencies: false, needsDashboard })
