import { execFile, spawn } from 'node:child_process'
import { appendFile, constants, mkdtemp, open, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { reportFigure } from '../../tests/_support/report-figure.ts'
import { framesOf, Spool } from './spool.ts'

const run = promisify(execFile)
let dir: string
/** Only there a process says when it started. */
const onLinux = process.platform === 'linux'

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'catraca-spool-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

async function files(): Promise<string[]> {
  return (await readdir(dir)).sort()
}

async function payloads(spool: Spool): Promise<string[]> {
  return (await spool.peek(1_000_000)).payloads
}

/** A file as a process left it that is gone: its id belongs to nobody. */
async function leaveFile(bytes: Buffer, owner = deadOwner): Promise<string> {
  const path = join(dir, `${owner}-old-00000001.spool`)
  await writeFile(path, bytes)
  return path
}

/** A process id that is not in use: the kernel's own limit is far below. */
const deadOwner = '999999999'

async function bytesOf(records: string[]): Promise<Buffer> {
  const spool = await Spool.open(dir, 'maker')
  for (const record of records) await spool.append(record)
  const [file] = await files()
  const bytes = await readFile(join(dir, file ?? ''))
  await spool.booked(records.length)
  await spool.close()
  expect(await files()).toEqual([])
  return bytes
}

/** How this process has the file open: on Linux the kernel itself syncs each write to one that was opened with O_DSYNC. */
async function flagsOf(path: string): Promise<number> {
  for (const descriptor of await readdir('/proc/self/fd')) {
    if ((await readlink(`/proc/self/fd/${descriptor}`).catch(() => '')) !== path) continue
    const info = await readFile(`/proc/self/fdinfo/${descriptor}`, 'utf8')
    return Number.parseInt(/flags:\s*([0-7]+)/.exec(info)?.[1] ?? '', 8)
  }
  throw new Error(`${path} is not open`)
}

describe('append', () => {
  test('resolves only after the bytes were synced to the disk', async () => {
    const spool = await Spool.open(dir, 'a')
    if (onLinux) {
      await spool.append('{"n":1}')
      expect(await flagsOf(join(dir, (await files())[0] ?? ''))).toSatisfy((flags: number) => (flags & constants.O_DSYNC) !== 0)
      await spool.close()
      return
    }
    const probe = await open(join(dir, 'probe'), 'w')
    const prototype = Object.getPrototypeOf(probe) as { datasync(): Promise<void> }
    await probe.close()
    const real = prototype.datasync
    const events: string[] = []
    prototype.datasync = async function (this: unknown) {
      await delay(30)
      await real.call(this)
      events.push('synced')
    }
    try {
      await spool.append('{"n":1}').then(() => events.push('resolved'))
    } finally {
      prototype.datasync = real
    }
    expect(events).toEqual(['synced', 'resolved'])
    const name = (await files()).find((file) => file.endsWith('.spool')) ?? ''
    expect([...framesOf(await readFile(join(dir, name)))]).toHaveLength(1)
    await spool.close()
  })

  test('appends at the same time share a sync and keep their order', async () => {
    const spool = await Spool.open(dir, 'a')
    const records = Array.from({ length: 300 }, (_, index) => JSON.stringify({ index, text: 'ação 🙂'.repeat(index % 7) }))
    await Promise.all(records.map((record) => spool.append(record)))
    expect(spool.depth).toBe(300)
    expect(await payloads(spool)).toEqual(records)
    await spool.close()
  })

  test('a write that the disk takes only in part is never acknowledged, what was acknowledged before it is kept', async () => {
    // A limit on the size of files stands in for a full disk: the kernel writes what still fits and reports a short count.
    const script = `
      import { Spool } from ${JSON.stringify(new URL('./spool.ts', import.meta.url).href)}
      const spool = await Spool.open(${JSON.stringify(dir)}, 'full')
      const done = []
      for (let n = 0; n < 10; n += 1) await spool.append(JSON.stringify({ n, text: 'x'.repeat(400) })).then(() => done.push(n), () => {})
      console.log(JSON.stringify(done))
      process.exit(0)`
    const { stdout } = await run('sh', ['-c', 'ulimit -f 2 && exec "$0" --input-type=module -e "$1"', process.execPath, script])
    const acknowledged = JSON.parse(stdout) as number[]
    expect(acknowledged.length).toBeGreaterThan(0)
    const spool = await Spool.open(dir, 'next')
    const kept = (await payloads(spool)).map((text) => (JSON.parse(text) as { n: number }).n)
    for (const n of acknowledged) expect(kept).toContain(n)
    await spool.close()
  })
})

describe('a torn or damaged file', () => {
  test('cut at every byte of the last record, it opens and loses only that record (R14)', async () => {
    const records = ['{"n":1}', '{"n":2,"text":"ação"}', '{"n":3,"text":"the last one"}']
    const bytes = await bytesOf(records)
    const lastStart = bytes.length - 8 - Buffer.byteLength(records[2] ?? '')
    for (let length = lastStart; length <= bytes.length; length += 1) {
      const path = await leaveFile(bytes.subarray(0, length))
      const spool = await Spool.open(dir, 'b')
      expect(await payloads(spool)).toEqual(length === bytes.length ? records : records.slice(0, 2))
      await spool.booked(spool.depth)
      await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
      await spool.close()
    }
    reportFigure('R14', undefined, `${bytes.length - lastStart + 1} cuts, each lost only the last record`)
  })

  test('zeros or garbage behind the last record are ignored', async () => {
    const bytes = await bytesOf(['{"n":1}', '{"n":2}'])
    for (const tail of [Buffer.alloc(64), Buffer.from('ffffffff00000000ab', 'hex'), Buffer.from('0500000001020304aaaaaaaaaa', 'hex')]) {
      await leaveFile(Buffer.concat([bytes, tail]))
      const spool = await Spool.open(dir, 'b')
      expect(await payloads(spool)).toEqual(['{"n":1}', '{"n":2}'])
      await spool.booked(2)
      await spool.close()
    }
  })

  test('a record that was damaged on the disk costs itself, not those that were acknowledged after it', async () => {
    const records = ['{"n":1}', '{"n":2}', '{"n":3}']
    const bytes = await bytesOf(records)
    const middle = bytes.indexOf(records[1] ?? '')
    bytes[middle + 2] = (bytes[middle + 2] ?? 0) ^ 0x40
    await leaveFile(bytes)
    const spool = await Spool.open(dir, 'b')
    expect(await payloads(spool)).toEqual([records[0], records[2]])
    await spool.booked(2)
    await spool.close()
    expect(await files()).toEqual([])
  })

  test('an empty file is removed', async () => {
    await leaveFile(Buffer.alloc(0))
    const spool = await Spool.open(dir, 'b')
    expect(spool.depth).toBe(0)
    expect(await files()).toEqual([])
    await spool.close()
  })
})

describe('whose file it is', () => {
  test("a dead process's records are taken over, oldest file first, and its files go when they are booked", async () => {
    const first = await bytesOf(['{"n":1}', '{"n":2}'])
    const second = await bytesOf(['{"n":3}'])
    await writeFile(join(dir, `${deadOwner}-x-00000001.spool`), first)
    await writeFile(join(dir, `${deadOwner}-x-00000002.spool`), second)
    const spool = await Spool.open(dir, 'b')
    await spool.append('{"n":4}')
    expect(await payloads(spool)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}'])
    expect(await files()).toHaveLength(3)
    await spool.booked(2)
    expect(await files()).toHaveLength(2)
    await spool.booked(2)
    await spool.close()
    expect(await files()).toEqual([])
  })

  test("of several that start at once, one takes a dead process's records, and the others can go on", async () => {
    await leaveFile(await bytesOf(['{"n":1}', '{"n":2}']))
    const spools = await Promise.all(Array.from({ length: 4 }, (_, i) => Spool.open(dir, `r${i}`)))
    expect(spools.map((spool) => spool.depth).sort()).toEqual([0, 0, 0, 2])
    for (const spool of spools) {
      await spool.append('{"n":3}')
      await spool.booked((await payloads(spool)).length)
      await spool.close()
    }
    expect(await files()).toEqual([])
  })

  test("a living process's files stay its own, and are taken over once it was killed", async () => {
    const script = `
      import { Spool } from ${JSON.stringify(new URL('./spool.ts', import.meta.url).href)}
      const spool = await Spool.open(${JSON.stringify(dir)}, 'other')
      await spool.append('{"n":1}')
      console.log('ready')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const beside = await Spool.open(dir, 'b')
    expect(beside.depth).toBe(0)
    expect(await files()).toHaveLength(1)
    await beside.close()
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    const after = await Spool.open(dir, 'b')
    expect(await payloads(after)).toEqual(['{"n":1}'])
    await after.close()
  })

  test.runIf(onLinux)(
    'a predecessor with our own process id, as in a container, is taken over, and our first file is another one',
    async () => {
      const spool = await Spool.open(dir, 'same')
      await spool.append('{"n":1}')
      const [name = ''] = await files()
      const bytes = await readFile(join(dir, name))
      await spool.booked(1)
      await spool.close()
      // The same id and name, started at another time.
      const older = name.replace(/^(\d+)\.\d+/, '$1.1')
      expect(older).not.toBe(name)
      await writeFile(join(dir, older), bytes)
      const next = await Spool.open(dir, 'same')
      expect(await payloads(next)).toEqual(['{"n":1}'])
      await next.append('{"n":2}')
      expect(await payloads(next)).toEqual(['{"n":1}', '{"n":2}'])
      await next.booked(2)
      await next.close()
      expect(await files()).toEqual([])
    },
  )

  test.runIf(onLinux)("somebody else who has the dead process's id does not keep its records from being booked", async () => {
    const bytes = await bytesOf(['{"n":1}'])
    // Process 1 lives, but was not started at this time.
    await leaveFile(bytes, '1.12345678901')
    const spool = await Spool.open(dir, 'b')
    expect(await payloads(spool)).toEqual(['{"n":1}'])
    await spool.close()
  })

  test('two in one process leave each other alone', async () => {
    const one = await Spool.open(dir, 'same')
    await one.append('{"n":1}')
    const two = await Spool.open(dir, 'same')
    expect(two.depth).toBe(0)
    await two.append('{"n":2}')
    expect(await payloads(one)).toEqual(['{"n":1}'])
    expect(await payloads(two)).toEqual(['{"n":2}'])
    await one.booked(1)
    await one.close()
    await two.booked(1)
    await two.close()
    expect(await files()).toEqual([])
  })
})

describe('a note', () => {
  const record = (id: number, status: string) => JSON.stringify({ source: 'api', call_id: `c${id}`, status })

  /** The files of a process that is gone, as they are now. */
  async function killed(spool: Spool): Promise<Spool> {
    const left = await Promise.all((await files()).map(async (name) => ({ name, bytes: await readFile(join(dir, name)) })))
    await spool.booked(spool.depth)
    await spool.close()
    for (const name of await files()) await rm(join(dir, name))
    for (const [i, { bytes }] of left.entries()) await writeFile(join(dir, `${deadOwner}-old-0000000${i}.spool`), bytes)
    return await Spool.open(dir, 'next')
  }

  test('is not booked while its process lives, and is when it died', async () => {
    const spool = await Spool.open(dir, 'a')
    await spool.note(record(1, 'orphaned'))
    await spool.append(record(2, 'ok'))
    expect(await payloads(spool)).toEqual([record(2, 'ok')])
    const next = await killed(spool)
    const booked = (await payloads(next)).map((text) => JSON.parse(text))
    expect(booked).toMatchObject([
      { call_id: 'c1', status: 'orphaned' },
      { call_id: 'c2', status: 'ok' },
    ])
    await next.booked(2)
    await next.close()
    expect(await files()).toEqual([])
  })

  test("counts for nothing beside its call's own record", async () => {
    const spool = await Spool.open(dir, 'a')
    await spool.note(record(1, 'orphaned'))
    await spool.append(record(1, 'ok'))
    const next = await killed(spool)
    expect(await payloads(next)).toEqual([record(1, 'ok')])
    await next.booked(1)
    await next.close()
    expect(await files()).toEqual([])
  })

  test('and what took it back stay for as long as each other, or a later start would book the note alone', async () => {
    const spool = await Spool.open(dir, 'a')
    const note = await spool.note(record(1, 'orphaned'))
    // Keeps the first segment, the note in it.
    const other = await spool.note(record(2, 'orphaned'))
    for (let n = 0; n < 9; n += 1) await spool.append('x'.repeat(1024 * 1024))
    const taken = await spool.append('{"call_id":"c1","void":true}')
    await spool.forget(note, taken)
    await spool.booked(10)
    // Closes the second segment as well.
    await spool.close()
    expect(await files()).toHaveLength(2)
    const next = await killed(spool)
    expect((await payloads(next)).filter((text) => text.includes('c1'))).toEqual(['{"call_id":"c1","void":true}'])
    await spool.forget(other)
  })

  test('keeps its file until it is forgotten', async () => {
    const spool = await Spool.open(dir, 'a')
    const note = await spool.note(record(1, 'orphaned'))
    await spool.close()
    expect(await files()).toHaveLength(1)
    await spool.forget(note)
    expect(await files()).toEqual([])
  })
})

describe('segments', () => {
  const megabyte = 'x'.repeat(1024 * 1024)

  test('are closed at 8 MB and deleted as soon as all of them is booked', async () => {
    const spool = await Spool.open(dir, 'a')
    for (let n = 0; n < 20; n += 1) await spool.append(`${megabyte}${n}`)
    expect(await files()).toHaveLength(3)
    await spool.booked(8)
    expect(await files()).toHaveLength(2)
    await spool.booked(8)
    expect(await files()).toHaveLength(1)
    expect((await payloads(spool)).map((text) => text.slice(megabyte.length))).toEqual(['16', '17', '18', '19'])
    await spool.booked(4)
    await spool.close()
    expect(await files()).toEqual([])
  })

  test('one whose last record is booked while the next is being made is deleted, too', async () => {
    const spool = await Spool.open(dir, 'a')
    for (let n = 0; n < 8; n += 1) await spool.append(megabyte)
    const append = spool.append('the ninth needs a new segment')
    await spool.booked(8)
    await append
    expect(await files()).toHaveLength(1)
    await spool.booked(1)
    await spool.close()
    expect(await files()).toEqual([])
  })

  test('what waits beyond 5,000 records is read back from the disk, exactly', async () => {
    const spool = await Spool.open(dir, 'a')
    const records = Array.from({ length: 5_300 }, (_, n) => JSON.stringify({ n, text: 'é'.repeat(n % 50) }))
    await Promise.all(records.map((record) => spool.append(record)))
    const { entries } = await spool.peek(6_000)
    expect(entries.filter((entry) => entry.payload === undefined)).toHaveLength(300)
    expect(await payloads(spool)).toEqual(records)
    await spool.booked(5_200)
    // Room in memory again.
    await spool.append('{"later":true}')
    const left = await spool.peek(200)
    expect(left.payloads).toEqual([...records.slice(5_200), '{"later":true}'])
    expect(left.entries.at(-1)?.payload).toBe('{"later":true}')
    await spool.close()
  })

  test('close waits for writes under way and keeps what is not booked', async () => {
    const spool = await Spool.open(dir, 'a')
    const append = spool.append('{"n":1}')
    await spool.close()
    await append
    const [name = ''] = await files()
    const bytes = await readFile(join(dir, name))
    expect([...framesOf(bytes)]).toHaveLength(1)
    // The process is gone, a successor starts.
    await rm(join(dir, name))
    await leaveFile(bytes)
    const next = await Spool.open(dir, 'b')
    expect(await payloads(next)).toEqual(['{"n":1}'])
    await next.close()
  })

  test('files that are none of its own are left alone', async () => {
    await appendFile(join(dir, 'notes.txt'), 'mine')
    const spool = await Spool.open(dir, 'a')
    await spool.close()
    expect(await files()).toEqual(['notes.txt'])
  })
})
