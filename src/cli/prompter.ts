import type { ReadStream } from 'node:tty'
import { Exit } from './failure.ts'

/** Asks a person for secrets, one after another. What is typed or pasted is not shown. */
export interface Prompter {
  /** Empty where the person only pressed Enter. */
  askHidden(question: string): Promise<string>
  close(): void
}

/** Ctrl-C ends the command, as it does everywhere. */
export function openPrompter(input: ReadStream, show: (text: string) => void): Prompter {
  let pending = ''
  let onData = () => {}
  const receive = (chunk: Buffer | string) => {
    pending += chunk.toString()
    onData()
  }
  input.setRawMode(true)
  input.setEncoding('utf8')
  input.on('data', receive)
  input.resume()
  return {
    async askHidden(question) {
      show(question)
      let typed = ''
      for (;;) {
        // Several keys may be pasted at once: what comes after a line's end answers the next question.
        while (pending !== '') {
          const [character = ''] = pending
          pending = pending.slice(character.length)
          if (character === '\u0003') {
            show('\n')
            throw new Exit(130)
          }
          if (character === '\r' || character === '\n' || character === '\u0004') {
            if (character === '\r' && pending.startsWith('\n')) pending = pending.slice(1)
            show('\n')
            return typed.trim()
          }
          if (character === '\u007f' || character === '\b') typed = typed.slice(0, -1)
          else if (character === '\u0015') typed = ''
          else if (character >= ' ') typed += character
        }
        await new Promise<void>((resolve) => {
          onData = resolve
        })
      }
    },
    close() {
      input.off('data', receive)
      input.setRawMode(false)
      input.pause()
    },
  }
}
