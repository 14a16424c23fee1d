import { webmMs } from './webm-duration.ts'

/** How long a recording is: exactly as its own format says, or, where that cannot be read, at the most by its size. */
export interface AudioDuration {
  audioMs: number
  isExact: boolean
}

/**
 * No lossy format that is taken goes below 8 kbit/s but Opus, which begins at 6; half of that again, so that the bound stands for what we
 * have not met. Files that lie about their length are booked by what the provider counts.
 */
const leastBytesPerSecond = 375
/** A week is none of 25 MB, whatever a header says. */
const longestMs = 604_800_000

export function audioDuration(file: Buffer): AudioDuration {
  const ms = [wavMs, mp3Ms, oggMs, mp4Ms, flacMs, webmMs]
    .map((read) => read(file))
    .find((found) => found !== undefined && found > 0 && found <= longestMs)
  if (ms !== undefined) return { audioMs: Math.ceil(ms), isExact: true }
  return { audioMs: Math.ceil((file.length / leastBytesPerSecond) * 1000), isExact: false }
}

/** The rate of a format that has one only: MP3 by its first frame, uncompressed WAV. */
export function bitsPerSecond(beginning: Buffer): number | undefined {
  const wav = wavFormat(beginning)
  if (wav !== undefined) return wav.bytesPerSecond * 8
  return beginning.length < 4 ? undefined : mp3Frame(beginning, 0)?.bitsPerSecond
}

/** RIFF/WAVE: uncompressed sound has a length that follows from its format. */
function wavMs(file: Buffer): number | undefined {
  const format = wavFormat(file)
  return format && ((file.length - format.dataAt) / format.bytesPerSecond) * 1000
}

function wavFormat(file: Buffer): { bytesPerSecond: number; dataAt: number } | undefined {
  if (file.length < 44 || ascii(file, 0) !== 'RIFF' || ascii(file, 8) !== 'WAVE') return undefined
  let bytesPerSecond: number | undefined
  for (let at = 12; at + 8 <= file.length; ) {
    const size = file.readUInt32LE(at + 4)
    if (ascii(file, at) === 'data') return bytesPerSecond === undefined ? undefined : { bytesPerSecond, dataAt: at + 8 }
    if (ascii(file, at) === 'fmt ' && at + 24 <= file.length) {
      const rate = file.readUInt32LE(at + 12) * file.readUInt16LE(at + 20)
      bytesPerSecond = [1, 3, 6, 7].includes(file.readUInt16LE(at + 8)) && rate > 0 ? rate : undefined
    }
    at += 8 + size + (size % 2)
  }
  return undefined
}

/** MPEG audio, layer III: frame by frame, since any of them may have another rate. */
function mp3Ms(file: Buffer): number | undefined {
  let at = 0
  if (file.length > 10 && file.toString('latin1', 0, 3) === 'ID3') {
    at = 10 + ((file.readUInt8(6) << 21) | (file.readUInt8(7) << 14) | (file.readUInt8(8) << 7) | file.readUInt8(9))
  }
  let ms = 0
  while (at + 4 <= file.length) {
    const frame = mp3Frame(file, at)
    // Behind the last frame there may be tags. Anything else in between is skipped by decoders, and what follows is heard.
    if (!frame) return isTag(file, at) ? ms : undefined
    ms += frame.ms
    at += frame.bytes
  }
  return ms
}

function isTag(file: Buffer, at: number): boolean {
  return ['TAG', 'APE', 'ID3', 'LYR'].includes(file.toString('latin1', at, at + 3))
}

const kbitsOfVersion1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const kbitsOfVersion2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const ratesOfVersion1 = [44_100, 48_000, 32_000]

function mp3Frame(file: Buffer, at: number): { ms: number; bytes: number; bitsPerSecond: number } | undefined {
  const head = file.readUInt32BE(at)
  const version = (head >>> 19) & 3
  // Eleven bits of sync, layer III, no reserved version.
  if (head >>> 21 !== 0x7ff || ((head >>> 17) & 3) !== 1 || version === 1) return undefined
  const kbits = (version === 3 ? kbitsOfVersion1 : kbitsOfVersion2)[(head >>> 12) & 15]
  const rate = ratesOfVersion1[(head >>> 10) & 3]
  if (!kbits || !rate) return undefined
  const samples = version === 3 ? 1152 : 576
  const samplesPerSecond = version === 3 ? rate : version === 2 ? rate / 2 : rate / 4
  const bits = kbits * 1000
  const bytes = Math.floor((samples / 8) * (bits / samplesPerSecond)) + ((head >>> 9) & 1)
  return { ms: (samples / samplesPerSecond) * 1000, bytes, bitsPerSecond: bits }
}

/** Ogg: the last page of each stream says its position, in samples of 48 kHz for Opus and of the stream's own rate for Vorbis. */
function oggMs(file: Buffer): number | undefined {
  let ms = 0
  let last: { serial: number; ms: number } | undefined
  let rate: number | undefined
  for (let at = 0; at + 27 <= file.length; ) {
    if (ascii(file, at) !== 'OggS') return undefined
    const serial = file.readUInt32LE(at + 14)
    const segments = file.readUInt8(at + 26)
    const dataAt = at + 27 + segments
    if (dataAt > file.length) return undefined
    if (serial !== last?.serial) {
      ms += last?.ms ?? 0
      rate = oggRate(file, dataAt)
      last = { serial, ms: 0 }
    }
    if (rate === undefined) return undefined
    const position = file.readBigInt64LE(at + 6)
    if (position > 0n) last = { serial, ms: (Number(position) / rate) * 1000 }
    at = dataAt + file.subarray(at + 27, dataAt).reduce((sum, size) => sum + size, 0)
  }
  return last && ms + last.ms
}

function oggRate(file: Buffer, at: number): number | undefined {
  if (file.toString('latin1', at, at + 8) === 'OpusHead') return 48_000
  if (file.toString('latin1', at + 1, at + 7) !== 'vorbis' || at + 16 > file.length) return undefined
  return file.readUInt32LE(at + 12) || undefined
}

/** MP4, M4A, QuickTime: `moov/mvhd`. A fragmented file says 0 there. */
function mp4Ms(file: Buffer): number | undefined {
  if (file.length < 16 || ascii(file, 4) !== 'ftyp') return undefined
  const moov = findBox(file, 'moov', 0, file.length)
  const mvhd = moov && findBox(file, 'mvhd', moov.start, moov.end)
  if (!mvhd || mvhd.start + 32 > file.length) return undefined
  const isLong = file.readUInt8(mvhd.start) === 1
  const scale = file.readUInt32BE(mvhd.start + (isLong ? 20 : 12))
  const duration = isLong ? Number(file.readBigUInt64BE(mvhd.start + 24)) : file.readUInt32BE(mvhd.start + 16)
  return scale === 0 || findBox(file, 'moof', 0, file.length) ? undefined : (duration / scale) * 1000
}

function findBox(file: Buffer, type: string, from: number, to: number): { start: number; end: number } | undefined {
  for (let at = from; at + 16 <= to; ) {
    const size = file.readUInt32BE(at)
    const head = size === 1 ? 16 : 8
    const bytes = size === 1 ? Number(file.readBigUInt64BE(at + 8)) : size === 0 ? to - at : size
    if (bytes < head) return undefined
    if (ascii(file, at + 4) === type) return { start: at + head, end: Math.min(at + bytes, to) }
    at += bytes
  }
  return undefined
}

/** FLAC: STREAMINFO is always first; a count of 0 samples is an unknown one. */
function flacMs(file: Buffer): number | undefined {
  if (file.length < 42 || ascii(file, 0) !== 'fLaC' || (file.readUInt8(4) & 0x7f) !== 0) return undefined
  const rate = file.readUIntBE(18, 3) >>> 4
  const samples = (file.readUInt8(21) & 15) * 2 ** 32 + file.readUInt32BE(22)
  return rate === 0 ? undefined : (samples / rate) * 1000
}

function ascii(file: Buffer, at: number): string {
  return file.toString('latin1', at, at + 4)
}
