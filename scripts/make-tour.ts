import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'

// The README's moving picture: the dashboard's pages one after the other, as an APNG (https://www.w3.org/TR/png-3/#apng-frame-based-animation),
// which is the same bytes as the pictures themselves with a header before each. Run it after UPDATE_IMAGES=1.

const frames = ['configuration', 'home', 'clients', 'call', 'playground', 'portal-statement']
const secondsEach = 3.4
const images = fileURLToPath(new URL('../docs/images/', import.meta.url))

interface Chunk {
  type: string
  data: Buffer
}

function readChunks(name: string): Chunk[] {
  const png = readFileSync(`${images}${name}.png`)
  const chunks: Chunk[] = []
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) })
    at += length + 12
  }
  return chunks
}

function writeChunk({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** How long a frame stands, over the whole picture. */
function frameControl(sequence: number, header: Buffer): Buffer {
  const data = Buffer.alloc(26)
  data.writeUInt32BE(sequence, 0)
  header.copy(data, 4, 0, 8)
  data.writeUInt16BE(secondsEach * 10, 20)
  data.writeUInt16BE(10, 22)
  return data
}

const pictures = frames.map(readChunks)
const header = pictures[0]?.[0]?.data ?? Buffer.alloc(0)
if (pictures.some(([first]) => !first?.data.equals(header))) throw new Error('the pictures differ in size or kind')
let sequence = 0
const chunks: Chunk[] = [
  { type: 'IHDR', data: header },
  { type: 'acTL', data: Buffer.concat([uint32(frames.length), uint32(0)]) },
]
for (const [index, picture] of pictures.entries()) {
  chunks.push({ type: 'fcTL', data: frameControl(sequence++, header) })
  for (const { type, data } of picture.filter(({ type }) => type === 'IDAT')) {
    chunks.push(index === 0 ? { type, data } : { type: 'fdAT', data: Buffer.concat([uint32(sequence++), data]) })
  }
}
chunks.push({ type: 'IEND', data: Buffer.alloc(0) })
const signature = Buffer.from('89504e470d0a1a0a', 'hex')
writeFileSync(`${images}tour.png`, Buffer.concat([signature, ...chunks.map(writeChunk)]))
