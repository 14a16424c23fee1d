import type { ReadStream, WriteStream } from 'node:tty'

const everyMs = 1_000
const enter = '\x1b[?1049h\x1b[?25l'
const leave = '\x1b[?25h\x1b[?1049l'
const home = '\x1b[H'
const toEndOfLine = '\x1b[K'
const toEndOfScreen = '\x1b[J'
const ctrlC = '\x03'

/**
 * Shows frames on a screen of their own, a new one each second, until `q` or Ctrl-C; what was on the terminal before comes back. A frame that
 * cannot be made says why in its place, and the next one is tried.
 */
export async function watchTop(
  {
    input,
    output,
  }: { input: Pick<ReadStream, 'on' | 'off' | 'setRawMode' | 'resume' | 'pause'>; output: Pick<WriteStream, 'write' | 'rows' | 'columns'> },
  frame: () => Promise<string>,
): Promise<void> {
  const quit = Promise.withResolvers<void>()
  let isOver = false
  let wake = () => {}
  const onKey = (key: Buffer | string) => {
    const pressed = key.toString()
    if (pressed !== 'q' && pressed !== 'Q' && pressed !== ctrlC) return
    isOver = true
    wake()
    quit.resolve()
  }
  input.setRawMode(true)
  input.resume()
  input.on('data', onKey)
  output.write(enter)
  try {
    while (!isOver) {
      const text = await Promise.race([frame().catch((error: unknown) => `No figures at the moment: ${messageOf(error)}\n`), quit.promise])
      if (isOver || text === undefined) break
      output.write(draw(text, output.rows, output.columns))
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    input.off('data', onKey)
    input.setRawMode(false)
    input.pause()
    output.write(leave)
  }
}

/** Over what stands there, without clearing it first, which would flicker. What does not fit is cut. */
function draw(text: string, rows: number, columns: number): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .slice(0, rows - 2)
  // Colours take no place.
  const cut = (line: string) => (line.includes('\x1b') ? line : line.slice(0, columns))
  return `${home}${[...lines.map(cut), '', 'q quits'].map((line) => line + toEndOfLine).join('\r\n')}${toEndOfScreen}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
