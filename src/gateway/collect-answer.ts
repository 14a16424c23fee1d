import type { CallSink } from './call.ts'

/** A sink for who wants an answer whole: never full, and `body` is all of it once the call has ended. */
export function collectAnswer(): { sink: CallSink<Buffer>; body(): Buffer } {
  const pieces: Buffer[] = []
  return {
    sink: {
      limits: () => {},
      begin: () => {},
      write: (piece) => pieces.push(piece) > 0,
      drained: () => Promise.resolve(),
      finish: (tail) => pieces.push(...tail),
    },
    body: () => Buffer.concat(pieces),
  }
}
