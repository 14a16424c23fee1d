import { PassThrough } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { describe, expect, it } from 'vitest'
import { Exit } from './failure.ts'
import { openPrompter } from './prompter.ts'

function open() {
  const raw: boolean[] = []
  const input = Object.assign(new PassThrough(), { setRawMode: (mode: boolean) => raw.push(mode) })
  let shown = ''
  const prompter = openPrompter(input as unknown as ReadStream, (text) => {
    shown += text
  })
  return { input, prompter, raw, shown: () => shown }
}

describe('openPrompter', () => {
  it('reads line after line, also when they are pasted at once, and shows nothing of them', async () => {
    const { input, prompter, raw, shown } = open()
    input.write('sk-test-1\r\nsk-te')
    expect(await prompter.askHidden('one: ')).toBe('sk-test-1')
    const second = prompter.askHidden('two: ')
    input.write('st-2 \r')
    expect(await second).toBe('sk-test-2')
    const third = prompter.askHidden('three: ')
    input.write('\n')
    expect(await third).toBe('')
    prompter.close()
    expect(shown()).toBe('one: \ntwo: \nthree: \n')
    expect(raw).toEqual([true, false])
  })

  it('lets a person correct, and ends at Ctrl-C', async () => {
    const { input, prompter } = open()
    input.write('wrong\u0015righ\u007f\u007fght\u001b\r')
    expect(await prompter.askHidden('? ')).toBe('right')
    input.write('sk-test\u0003')
    await expect(prompter.askHidden('? ')).rejects.toThrow(Exit)
  })
})
