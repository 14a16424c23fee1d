/** Kinds of personal data that are recognised, as Brazil writes them. */
export type PiiKind = 'cpf' | 'cnpj' | 'card' | 'phone'

export const piiKinds: readonly PiiKind[] = ['cpf', 'cnpj', 'card', 'phone']

export interface PiiMatch {
  kind: PiiKind
  start: number
  end: number
}

interface Finder {
  kind: PiiKind
  /** What could be one; a match never begins or ends within a longer number or word. */
  pattern: RegExp
  isOne(text: string): boolean
}

/** Area codes that exist: ten digits with another beginning are no phone number. */
const areaCodes = new Set(
  [
    '11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55 61 62 63 64 65 66 67 68 69',
    '71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99',
  ].flatMap((line) => line.split(' ')),
)

/** In the order in which they claim a text: a number that is a CPF with good check digits is no phone. */
const finders: readonly Finder[] = [
  {
    kind: 'cnpj',
    // Since July 2026 the first twelve places may hold letters (IN RFB 2.229/2024).
    pattern:
      /(?<!\w|\d\.)(?:[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}\/?[0-9A-Z]{4}-?|\d{2}[ .]\d{3}[ .]\d{3} ?\/? ?\d{4} ?-? ?)\d{2}(?!\w)/gi,
    isOne: (text) => isCnpj(bare(text)),
  },
  { kind: 'card', pattern: /(?<!\w|\d\.)[2-6]\d{3}(?:[ -]?\d){9,15}(?!\w)/g, isOne: (text) => isLuhn(bare(text)) },
  { kind: 'cpf', pattern: /(?<!\w|\d\.)\d{3}[ .-]?\d{3}[ .-]?\d{3}[ ./-]?\d{2}(?!\w)/g, isOne: (text) => isCpf(bare(text)) },
  {
    kind: 'phone',
    pattern: /(?<!\w|\d\.)(?:(?:\+|00)?55[ -]?)?(?:\(0?\d{2}\)|0?\d{2})[ .-]{0,2}(?:9[ .]?\d{4}|[2-5]\d{3})(?: ?[.-] ?| )?\d{4}(?!\w)/g,
    isOne: (text) => hasAreaCode(bare(text)),
  },
]

/**
 * Personal data in a text, by its start; no two overlap. Documents and cards count only with good check digits, phones only with an area
 * code that exists. `kinds` limits what is looked for.
 */
export function findPii(written: string, kinds: readonly PiiKind[] = piiKinds): PiiMatch[] {
  const text = asTyped(written)
  let found: PiiMatch[] = []
  for (const { kind, pattern, isOne } of finders) {
    if (!kinds.includes(kind)) continue
    const more: PiiMatch[] = []
    // Both are in the order of the text, so one look through each is enough: a prompt may hold a hundred thousand of them.
    let next = 0
    for (const match of text.matchAll(pattern)) {
      const [start, end] = [match.index, match.index + match[0].length]
      if (!isOne(match[0])) continue
      while ((found[next]?.end ?? Number.POSITIVE_INFINITY) <= start) next += 1
      const claimed = found[next]
      if (claimed === undefined || claimed.start >= end) more.push({ kind, start, end })
    }
    found = [...found, ...more].sort((a, b) => a.start - b.start)
  }
  return found
}

/** The text with each piece of personal data as `[CPF]`, `[CNPJ]`, `[CARD]` or `[PHONE]`. */
export function maskPii(text: string, kinds: readonly PiiKind[] = piiKinds): string {
  let masked = ''
  let at = 0
  for (const { kind, start, end } of findPii(text, kinds)) {
    masked += `${text.slice(at, start)}[${kind.toUpperCase()}]`
    at = end
  }
  return masked + text.slice(at)
}

/** Telephones and word processors write hyphens and spaces of their own, and full-width digits are digits. Each sign stays in its place. */
function asTyped(text: string): string {
  return text.replace(/[\u00a0\u2000-\u200a\u2010-\u2015\u202f\u2212\u3000\uff01-\uff5e]/g, (sign) => {
    const code = sign.charCodeAt(0)
    if (code >= 0xff01) return String.fromCharCode(code - 0xfee0)
    return (code >= 0x2010 && code <= 0x2015) || code === 0x2212 ? '-' : ' '
  })
}

function bare(text: string): string {
  return text.replace(/[^0-9A-Za-z]/g, '').toUpperCase()
}

function isCpf(digits: string): boolean {
  return !isOneDigit(digits) && checkDigit(digits.slice(0, 9), 10) === digits[9] && checkDigit(digits.slice(0, 10), 11) === digits[10]
}

/** Weights run from 2 to 9 from the right and begin again. */
function isCnpj(places: string): boolean {
  return !isOneDigit(places) && cnpjDigit(places.slice(0, 12)) === places[12] && cnpjDigit(places.slice(0, 13)) === places[13]
}

function checkDigit(digits: string, firstWeight: number): string {
  const sum = [...digits].reduce((total, digit, place) => total + Number(digit) * (firstWeight - place), 0)
  return String(((sum * 10) % 11) % 10)
}

/** A letter counts as its place in ASCII less 48, a digit as itself. */
function cnpjDigit(places: string): string {
  const sum = [...places].reverse().reduce((total, place, index) => total + (place.charCodeAt(0) - 48) * (2 + (index % 8)), 0)
  const rest = sum % 11
  return String(rest < 2 ? 0 : 11 - rest)
}

function isLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return !isOneDigit(digits) && sum % 10 === 0
}

function hasAreaCode(digits: string): boolean {
  const national = digits
    .replace(/^00/, '')
    .replace(/^55(?=\d{10,11}$)/, '')
    .replace(/^0/, '')
  return areaCodes.has(national.slice(0, 2)) && !isOneDigit(national)
}

function isOneDigit(text: string): boolean {
  return /^(.)\1*$/.test(text)
}
