import { codeBlocksOf, type Document } from './documents.ts'

export interface Step {
  /** One bash script, whichever language the document shows it in. */
  script: string
  /** The lines of the block marked as its output, if there is one. */
  expected: readonly string[]
}

/** The blocks of a document that are marked to be run (` ```bash run `), in order, each with the output shown below it. */
export function stepsOf(document: Document): Step[] {
  const blocks = codeBlocksOf(document)
  return blocks.flatMap(({ lang, text }, index) => {
    if (!lang?.endsWith(' run')) return []
    const next = blocks[index + 1]
    const expected = next?.lang === 'text output' ? next.text.split('\n').filter((line) => line.trim() !== '…') : []
    return [{ script: lang.startsWith('sql') ? `npx catraca sql <<'SQL'\n${text}\nSQL` : text, expected }]
  })
}

const mark = '@@ step '

/** All steps as one script, so that what one sets the next one has, as in a reader's shell. */
export function toScript(steps: readonly Step[], port: string): string {
  const parts = steps.map(({ script }, index) => `echo '${mark}${index}'\n${script}\n`)
  return `set -euo pipefail\n${parts.join('').replaceAll(/(127\.0\.0\.1|localhost):3000/g, `$1:${port}`)}echo '${mark}end'\n`
}

/** What each step said, by its number. */
export function outputsOf(stdout: string): string[] {
  return stdout
    .split(mark)
    .slice(1)
    .map((part) => part.slice(part.indexOf('\n') + 1))
}

/**
 * The lines of `expected` that `output` does not have, in their order. `…` stands for anything, digits for any digits, and a space for any
 * white space.
 */
export function missingLines({ expected }: Step, output: string): string[] {
  const lines = output.split('\n')
  let from = 0
  return expected.filter((line) => {
    const found = lines.findIndex((actual, index) => index >= from && toPattern(line).test(actual))
    if (found >= 0) from = found
    return found < 0
  })
}

function toPattern(line: string): RegExp {
  const source = line
    .trim()
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replace(/\d+/g, '\\d+')
    .replace(/\s*…\s*/g, '.*')
    .replace(/\s+/g, '\\s*')
  return new RegExp(source)
}
