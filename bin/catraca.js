#!/usr/bin/env node
import { launch } from './launch.js'

// Runs on whatever Node is there (18 or newer); the gateway itself runs on the pinned one.
await launch({ entry: 'src/main.ts', args: process.argv.slice(2), needsDevDependencies: false })
