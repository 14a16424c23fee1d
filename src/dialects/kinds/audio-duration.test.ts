import { expect, test } from 'vitest'
import { audioDuration, bitsPerSecond } from './audio-duration.ts'

/** 16 bits, mono. */
function wav(rate: number, samples: number, chunks: Buffer[] = []): Buffer {
  const format = Buffer.alloc(24)
  format.write('fmt ', 0)
  format.writeUInt32LE(16, 4)
  format.writeUInt16LE(1, 8)
  format.writeUInt16LE(1, 10)
  format.writeUInt32LE(rate, 12)
  // What the header says of bytes a second is not what decoders go by.
  format.writeUInt32LE(1_000_000_000, 16)
  format.writeUInt16LE(2, 20)
  format.writeUInt16LE(16, 22)
  const data = Buffer.alloc(8 + samples * 2)
  data.write('data', 0)
  // A length that is not known while it is written.
  data.writeUInt32LE(0xffff_ffff, 4)
  return Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), format, ...chunks, data])
}

test('WAV: by its format, whatever it says of its rate and length', () => {
  const list = Buffer.concat([Buffer.from('LIST\x03\0\0\0', 'latin1'), Buffer.alloc(4)])
  expect(audioDuration(wav(8_000, 16_000, [list]))).toEqual({ audioMs: 2_000, isExact: true })
  expect(bitsPerSecond(wav(24_000, 10))).toBe(384_000)
})

const frame = (head: number, bytes: number) => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUInt32BE(head)
  return buffer
}
/** 128 kbit/s at 44.1 kHz, 1152 samples; and 32 kbit/s at 24 kHz (MPEG 2), 576 samples. */
const fast = frame(0xfffb9064, 417)
const slow = frame(0xfff34464, 96)

test('MP3: frame by frame, of any rates, with tags before and behind', () => {
  const id3 = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x0a', 'latin1'), Buffer.alloc(10)])
  const tag = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125)])
  const file = Buffer.concat([id3, ...Array(100).fill(fast), ...Array(50).fill(slow), tag])
  expect(audioDuration(file)).toEqual({ audioMs: Math.ceil(100 * (1_152_000 / 44_100) + 50 * 24), isExact: true })
  expect(bitsPerSecond(fast)).toBe(128_000)
  // Noise in between is skipped by decoders and what follows is heard: the length is not known.
  expect(audioDuration(Buffer.concat([fast, Buffer.alloc(50), slow])).isExact).toBe(false)
})

function page(serial: number, position: bigint, data: Buffer): Buffer {
  const head = Buffer.alloc(28)
  head.write('OggS', 0)
  head.writeBigInt64LE(position, 6)
  head.writeUInt32LE(serial, 14)
  head.writeUInt8(1, 26)
  head.writeUInt8(data.length, 27)
  return Buffer.concat([head, data])
}

test('Ogg: by the position of the last page, of each stream that is chained', () => {
  const opus = [page(1, 0n, Buffer.from('OpusHead')), page(1, 96_000n, Buffer.alloc(9)), page(1, 240_000n, Buffer.alloc(9))]
  expect(audioDuration(Buffer.concat(opus))).toEqual({ audioMs: 5_000, isExact: true })
  const vorbis = Buffer.alloc(30)
  vorbis.write('\x01vorbis', 0, 'latin1')
  vorbis.writeUInt32LE(16_000, 12)
  const chained = [...opus, page(2, 0n, vorbis), page(2, 16_000n, Buffer.alloc(3))]
  expect(audioDuration(Buffer.concat(chained))).toEqual({ audioMs: 6_000, isExact: true })
  expect(audioDuration(Buffer.concat([...opus, Buffer.alloc(40)])).isExact).toBe(false)
})

const box = (type: string, ...content: Buffer[]) => {
  const body = Buffer.concat(content)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + body.length)
  head.write(type, 4)
  return Buffer.concat([head, body])
}

test('MP4: by its movie header, unless it is in fragments', () => {
  const mvhd = Buffer.alloc(100)
  mvhd.writeUInt32BE(1_000, 12)
  mvhd.writeUInt32BE(12_345, 16)
  const file = [box('ftyp', Buffer.from('M4A \0\0\0\0')), box('mdat', Buffer.alloc(60)), box('moov', box('mvhd', mvhd))]
  expect(audioDuration(Buffer.concat(file))).toEqual({ audioMs: 12_345, isExact: true })
  mvhd.writeUInt32BE(1, 12)
  mvhd.writeUInt32BE(0xffff_ffff, 16)
  const endless = Buffer.concat([file[0] as Buffer, box('moov', box('mvhd', mvhd))])
  expect(audioDuration(endless)).toEqual({ audioMs: Math.ceil((endless.length / 375) * 1000), isExact: false })
  expect(audioDuration(Buffer.concat([...file, box('moof', Buffer.alloc(20))])).isExact).toBe(false)
})

test('FLAC: by its stream information', () => {
  const file = Buffer.alloc(60)
  file.write('fLaC', 0)
  file.writeUIntBE(48_000 << 4, 18, 3)
  file.writeUInt32BE(96_000, 22)
  expect(audioDuration(file)).toEqual({ audioMs: 2_000, isExact: true })
})

/** An EBML element with a size of one byte; `size` 0xff is an unknown one. */
const element = (id: number[], data: Buffer, size = 0x80 | data.length) => Buffer.concat([Buffer.from([...id, size]), data])

test('WebM as browsers record it: by the time of the last block', () => {
  const block = (at: number) => element([0xa3], Buffer.from([0x81, at >> 8, at & 0xff, 0x80, 1, 2, 3]))
  const clusterOf = (at: number, ...inner: Buffer[]) =>
    element([0x1f, 0x43, 0xb6, 0x75], Buffer.concat([element([0xe7], Buffer.from([at >> 8, at & 0xff])), ...inner]), 0xff)
  const info = element([0x15, 0x49, 0xa9, 0x66], element([0x2a, 0xd7, 0xb1], Buffer.from([0x0f, 0x42, 0x40])))
  const segments = Buffer.concat([info, clusterOf(0, block(0), block(940)), clusterOf(5_000, block(20), block(1_200))])
  const file = Buffer.concat([element([0x1a, 0x45, 0xdf, 0xa3], Buffer.from('webm!')), element([0x18, 0x53, 0x80, 0x67], segments, 0xff)])
  expect(audioDuration(file)).toEqual({ audioMs: 6_320, isExact: true })
  expect(audioDuration(file.subarray(0, -2)).isExact).toBe(false)
  for (let length = 0; length <= file.length; length++) expect(audioDuration(file.subarray(0, length)).audioMs).toBeGreaterThanOrEqual(0)
})

test('what cannot be read is at most as long as the lowest rate makes it, and no cut file throws', () => {
  expect(audioDuration(Buffer.alloc(375_000, 0x1a))).toEqual({ audioMs: 1_000_000, isExact: false })
  for (const whole of [wav(8_000, 10), Buffer.concat([fast, slow]), page(1, 9n, Buffer.from('OpusHead'))]) {
    for (let length = 0; length <= whole.length; length++)
      expect(audioDuration(whole.subarray(0, length)).audioMs).toBeGreaterThanOrEqual(0)
  }
})
