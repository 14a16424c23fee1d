/**
 * Server-sent events on bytes that are held as latin1 text, one byte a character, so that UTF-8 cut between two pieces survives and
 * offsets are byte offsets. Lines end in \n or \r\n, as all our providers end them.
 */

/** Where the frame that starts at `start` ends, its empty line included; -1 while that has not come. */
export function frameEnd(text: string, start: number): number {
  let at = text.indexOf('\n', start)
  while (at !== -1) {
    const next = text.charCodeAt(at + 1)
    if (next === 0x0a) return at + 2
    if (next === 0x0d && text.charCodeAt(at + 2) === 0x0a) return at + 3
    at = text.indexOf('\n', at + 1)
  }
  return -1
}

export interface FrameData {
  event: string | undefined
  /** The data decoded from the bytes that the frame was cut from; `start` is where it begins in them. */
  text(bytes: Buffer, start: number): string
}

/** What a frame carries; undefined for one without data, for instance a comment that keeps the connection open. */
export function frameData(frame: string): FrameData | undefined {
  const spans: [number, number][] = []
  let event: string | undefined
  let line = 0
  while (line < frame.length) {
    const newline = frame.indexOf('\n', line)
    const next = newline === -1 ? frame.length : newline + 1
    let end = newline === -1 ? frame.length : newline
    if (end > line && frame.charCodeAt(end - 1) === 0x0d) end -= 1
    if (frame.startsWith('data:', line)) spans.push([line + (frame.charCodeAt(line + 5) === 0x20 ? 6 : 5), end])
    else if (frame.startsWith('event:', line)) event = frame.slice(line + 6, end).trim()
    line = next
  }
  if (spans.length === 0) return undefined
  const text = (bytes: Buffer, start: number) => spans.map(([from, to]) => bytes.toString('utf8', start + from, start + to)).join('\n')
  return { event, text }
}
