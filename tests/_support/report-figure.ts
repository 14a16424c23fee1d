import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import { expect } from 'vitest'

/** `npm run test:long`: the forms that the bar names, where the short ones would not do. */
export const isLong = process.env.CATRACA_TEST_LONG === '1'

/** Of this file's run; a run that failed is run again with `CATRACA_TEST_SEED`. */
export const testSeed = Number(process.env.CATRACA_TEST_SEED ?? Date.now() % 1_000_000)

export interface Figure {
  /** Of the bar, as `R7`. */
  line: string
  form: 'short' | 'long'
  seed: number | undefined
  text: string
  /** The test file, from the repository's root. */
  file: string
}

/** What a test of the bar has measured: one line for people, and one of JSON in the file that CATRACA_FIGURES names. */
export function reportFigure(line: string, seed: number | undefined, text: string): void {
  console.log(`${line}${seed === undefined ? '' : ` seed=${seed}`} ${text}`)
  const path = process.env.CATRACA_FIGURES
  if (path === undefined) return
  const file = relative(process.cwd(), expect.getState().testPath ?? '').replaceAll('\\', '/')
  const figure: Figure = { line, form: isLong ? 'long' : 'short', seed, text, file }
  appendFileSync(path, `${JSON.stringify(figure)}\n`)
}
