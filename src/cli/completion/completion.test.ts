import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createTestTerminal, runCommand } from '../../../tests/_support/terminal.ts'
import { addCommands } from '../add-commands.ts'
import { createProgram } from '../run-cli.ts'
import { listPlaces } from './places.ts'

const script = async (shell: string) => (await runCommand({}, 'completion', shell)).stdout

/** What bash itself offers after these words; the last one is being typed. */
async function completeInBash(...words: string[]): Promise<string[]> {
  const program = `${await script('bash')}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _catraca; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', program, 'bash', 'catraca', ...words])
  return stdout.split('\n').filter(Boolean)
}

describe('completion', () => {
  it.each([
    [['cli'], ['client']],
    [
      ['cache', 'o'],
      ['on', 'off'],
    ],
    [['budget', 'set', 'luisboff', '--ty'], ['--type']],
    [
      ['budget', 'set', 'luisboff', '--type', ''],
      ['tokens', 'brl', 'usd'],
    ],
    [['budget', 'plan', 'l'], ['list']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', '--help'],
    ],
    [['usage', '--clie'], ['--client']],
    [['nothing', '--js'], []],
  ])('bash offers, after %j, %j', async (words, offered) => {
    expect((await completeInBash(...words)).sort()).toEqual(offered.sort())
  })

  it.each(['bash', 'zsh', 'fish'])('%s gets every command and every long option', async (shell) => {
    const text = await script(shell)
    const program = createProgram(createTestTerminal({}), async () => {})
    addCommands(program, createTestTerminal({}))
    const places = listPlaces(program)
    expect(places.length).toBeGreaterThan(80)
    for (const { path, words } of places) for (const { word } of [{ word: path }, ...words]) expect(text).toContain(word)
  })

  it('refuses a shell that it does not know', async () => {
    expect(await runCommand({}, 'completion', 'powershell')).toMatchObject({ code: 2, stderr: expect.stringContaining('bash, zsh, fish') })
  })
})
