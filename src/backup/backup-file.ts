import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { link, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { errorCode } from '../shared/error-code.ts'
import { ConfigurationError } from '../shared/errors.ts'

const newline = 10

/**
 * Writes lines into a compressed file that only its owner may read. It has its name only once it is whole and on the disk; a file of that name
 * is not written over. Rejects with ConfigurationError where it exists.
 */
export async function writeBackupFile(path: string, lines: AsyncIterable<string>): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.part`
  try {
    await pipeline(Readable.from(lines), createGzip(), createWriteStream(temporary, { mode: 0o600, flags: 'wx', flush: true }))
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? refuseFile(`${path} is there already: choose another name with --to`) : error
    })
  } finally {
    await rm(temporary, { force: true })
  }
}

/** The lines of such a file. Rejects with ConfigurationError, in words, where it is none or ends too early. */
export async function* readBackupFile(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const plain = createGunzip()
  // An error of the file's would otherwise leave the reader waiting.
  file.on('error', (error) => plain.destroy(error))
  file.pipe(plain)
  let rest: Buffer[] = []
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, at)]).toString()
        rest = []
        from = at + 1
      }
      rest.push(chunk.subarray(from))
    }
  } catch (error) {
    throw describe(path, error)
  } finally {
    file.destroy()
  }
  if (Buffer.concat(rest).length > 0) throw refuseFile(`${path} ends in the middle of a row: it was torn`)
}

export function refuseFile(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('config_invalid', message, { cause })
}

function describe(path: string, error: unknown): unknown {
  const code = errorCode(error)
  if (code === 'ENOENT') return refuseFile(`There is no file ${path}`, error)
  if (code === 'Z_BUF_ERROR') return refuseFile(`${path} ends too early: it was torn, or is still being copied. Nothing was changed`, error)
  if (code === 'Z_DATA_ERROR') return refuseFile(`${path} is damaged, or is no backup of Catraca's. Nothing was changed`, error)
  return error
}
