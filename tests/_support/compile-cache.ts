import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Compiled modules are kept from process to process where `catraca` itself keeps them: a start takes half the processor time. */
export const compileCache = join(tmpdir(), 'node-compile-cache')
