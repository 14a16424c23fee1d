/** ISO/IEC 18004, error correction L, by version: data codewords, correction codewords a block, blocks, centres of alignment patterns. */
const versions: readonly (readonly [data: number, correction: number, blocks: number, centres: readonly number[]])[] = [
  [19, 7, 1, []],
  [34, 10, 1, [6, 18]],
  [55, 15, 1, [6, 22]],
  [80, 20, 1, [6, 26]],
  [108, 26, 1, [6, 30]],
  [136, 18, 2, [6, 34]],
  [156, 20, 2, [6, 22, 38]],
  [194, 24, 2, [6, 24, 42]],
  [232, 30, 2, [6, 26, 46]],
  [274, 18, 4, [6, 28, 50]],
]

/** Rows of dark (true) and light modules; undefined for a text of more than 271 bytes. */
export function encodeQr(text: string): boolean[][] | undefined {
  const bytes = new TextEncoder().encode(text)
  const version = versions.findIndex(([data], index) => bytes.length + (index >= 9 ? 3 : 2) <= data) + 1
  if (version === 0) return undefined
  const drawing = new QrDrawing(version)
  drawing.drawPatterns()
  drawing.drawData(codewordsOf(bytes, version))
  return drawing.modules.map((row) => row.map((module) => module === true))
}

function codewordsOf(bytes: Uint8Array, version: number): number[] {
  const [size = 0, correction = 0, blocks = 1] = versions[version - 1] ?? []
  const bits = [
    0b0100,
    ...(version >= 10 ? [bytes.length >> 12, (bytes.length >> 8) & 15] : []),
    (bytes.length >> 4) & 15,
    bytes.length & 15,
  ]
  for (const byte of bytes) bits.push(byte >> 4, byte & 15)
  // The end mark, and with an even count of half bytes nothing more to fill.
  bits.push(0)
  const data: number[] = []
  for (let at = 0; at + 1 < bits.length; at += 2) data.push(((bits[at] ?? 0) << 4) | (bits[at + 1] ?? 0))
  for (let pad = 0; data.length < size; pad += 1) data.push(pad % 2 === 0 ? 0xec : 0x11)
  // Later blocks are one longer where it does not divide.
  const short = Math.floor(size / blocks)
  const longFrom = blocks - (size % blocks)
  let at = 0
  const parts = Array.from({ length: blocks }, (_, block) => {
    const part = data.slice(at, at + short + (block >= longFrom ? 1 : 0))
    at += part.length
    return part
  })
  return [...interleave(parts), ...interleave(parts.map((part) => remainder(part, correction)))]
}

function interleave(parts: readonly (readonly number[])[]): number[] {
  const longest = Math.max(...parts.map((part) => part.length))
  return Array.from({ length: longest }, (_, index) => parts.flatMap((part) => part.slice(index, index + 1))).flat()
}

/** In the field of 256 elements over x⁸ + x⁴ + x³ + x² + 1. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d)
    product ^= ((b >> bit) & 1) * a
  }
  return product
}

/** Reed and Solomon's correction codewords. */
function remainder(data: readonly number[], degree: number): number[] {
  const divisor = [...new Array<number>(degree - 1).fill(0), 1]
  for (let round = 0, root = 1; round < degree; round += 1, root = multiply(root, 2)) {
    for (let at = 0; at < degree; at += 1) divisor[at] = multiply(divisor[at] ?? 0, root) ^ (divisor[at + 1] ?? 0)
  }
  const result = new Array<number>(degree).fill(0)
  for (const byte of data) {
    const factor = byte ^ (result.shift() ?? 0)
    result.push(0)
    for (let at = 0; at < degree; at += 1) result[at] = (result[at] ?? 0) ^ multiply(divisor[at] ?? 0, factor)
  }
  return result
}

function checkBits(value: number, generator: number, length: number): number {
  let rest = value
  const top = 31 - Math.clz32(generator)
  for (let round = 0; round < length; round += 1) rest = (rest << 1) ^ ((rest >> (top - 1)) * generator)
  return (value << length) | rest
}

class QrDrawing {
  readonly version: number
  readonly size: number
  readonly modules: (boolean | undefined)[][]

  constructor(version: number) {
    this.version = version
    this.size = version * 4 + 17
    this.modules = Array.from({ length: this.size }, () => new Array<boolean | undefined>(this.size).fill(undefined))
  }

  set(x: number, y: number, isDark: boolean): void {
    const row = this.modules[y]
    if (row && x >= 0 && x < this.size) row[x] = isDark
  }

  drawPatterns(): void {
    for (const [x, y] of [
      [3, 3],
      [this.size - 4, 3],
      [3, this.size - 4],
    ] as const)
      this.drawSquares(x, y, 4, [0, 1, 3])
    const centres = versions[this.version - 1]?.[3] ?? []
    for (const x of centres) for (const y of centres) if (this.modules[y]?.[x] === undefined) this.drawSquares(x, y, 2, [0, 2])
    for (let at = 8; at < this.size - 8; at += 1) {
      this.set(at, 6, at % 2 === 0)
      this.set(6, at, at % 2 === 0)
    }
    this.drawFormat()
    if (this.version >= 7) this.drawVersion()
  }

  /** Squares within squares around a centre; those at the named distances are dark. */
  drawSquares(x: number, y: number, reach: number, dark: readonly number[]): void {
    for (let dy = -reach; dy <= reach; dy += 1)
      for (let dx = -reach; dx <= reach; dx += 1) this.set(x + dx, y + dy, dark.includes(Math.max(Math.abs(dx), Math.abs(dy))))
  }

  /** Correction L, mask 0, twice. */
  drawFormat(): void {
    const bits = checkBits(0b01000, 0x537, 10) ^ 0x5412
    for (let index = 0; index < 15; index += 1) {
      const isDark = ((bits >> index) & 1) === 1
      if (index < 8) {
        this.set(8, index < 6 ? index : index + 1, isDark)
        this.set(this.size - 1 - index, 8, isDark)
      } else {
        this.set(index === 8 ? 7 : 14 - index, 8, isDark)
        this.set(8, this.size - 15 + index, isDark)
      }
    }
    this.set(8, this.size - 8, true)
  }

  drawVersion(): void {
    const bits = checkBits(this.version, 0x1f25, 12)
    for (let index = 0; index < 18; index += 1) {
      const isDark = ((bits >> index) & 1) === 1
      const a = this.size - 11 + (index % 3)
      const b = Math.floor(index / 3)
      this.set(a, b, isDark)
      this.set(b, a, isDark)
    }
  }

  /** In pairs of columns from the right, up and down by turns; mask 0 turns every second module round. */
  drawData(codewords: readonly number[]): void {
    let bit = 0
    for (let right = this.size - 1, isUp = true; right > 0; right -= 2, isUp = !isUp) {
      if (right === 6) right = 5
      for (let step = 0; step < this.size; step += 1) {
        const y = isUp ? this.size - 1 - step : step
        for (const x of [right, right - 1]) {
          if (this.modules[y]?.[x] !== undefined) continue
          const isSet = (((codewords[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1
          bit += 1
          this.set(x, y, isSet !== ((x + y) % 2 === 0))
        }
      }
    }
  }
}
