/** One member of a JSON text's outermost object, as offsets into it; the space around a value belongs to the member. */
export interface JsonMember {
  key: string
  /** Where the key's opening quote is. */
  start: number
  valueStart: number
  /** Where the comma or the closing brace after the member is. */
  end: number
}

export interface ObjectScan {
  tooDeep: boolean
  /** Of fields, objects and lists at any depth. */
  tooMany: boolean
  members: JsonMember[]
}

/**
 * One pass over a JSON text: how deep it nests, whether it has more than `maxParts` fields, objects and lists, and where its outermost
 * members are. `text` holds the UTF-8 bytes as latin1, one byte a character, so that offsets are byte offsets. Right for valid JSON only;
 * what is not valid is for JSON.parse to say, which must not be asked before `tooDeep` and `tooMany` are known to be false.
 */
export function scanObject(text: string, maxDepth: number, maxParts = Number.POSITIVE_INFINITY): ObjectScan {
  const members: JsonMember[] = []
  let depth = 0
  let parts = 0
  let atKey = false
  let keyStart = -1
  let keyEnd = -1
  let valueStart = -1
  for (let i = 0; i < text.length; i++) {
    const at = text.charCodeAt(i)
    if (at === 0x22) {
      const close = closingQuote(text, i + 1)
      if (atKey) {
        keyStart = i
        keyEnd = close
      }
      i = close
    } else if (at === 0x3a) {
      parts += 1
      if (atKey) {
        atKey = false
        valueStart = i + 1
      }
    } else if (at === 0x7b || at === 0x5b) {
      depth += 1
      parts += 1
      if (depth > maxDepth) return { tooDeep: true, tooMany: false, members: [] }
      atKey = depth === 1 && at === 0x7b
    } else if (at === 0x2c || at === 0x7d || at === 0x5d) {
      if (depth === 1 && keyStart !== -1) {
        members.push({ key: keyText(text, keyStart, keyEnd), start: keyStart, valueStart, end: i })
        keyStart = -1
      }
      if (at === 0x2c) atKey = depth === 1
      else depth -= 1
    }
  }
  return { tooDeep: false, tooMany: parts > maxParts, members }
}

/** Where the string ends whose first character is at `from`; the text's length when it does not. */
export function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    // A quote after an odd run of backslashes is part of the string.
    let run = at
    while (run > from && text.charCodeAt(run - 1) === 0x5c) run -= 1
    if ((at - run) % 2 === 0) return at
  }
  return text.length
}

function keyText(text: string, open: number, close: number): string {
  const key = text.slice(open + 1, close)
  if (!/[^ -~]|\\/.test(key)) return key
  try {
    return JSON.parse(`"${Buffer.from(key, 'latin1').toString('utf8')}"`) as string
  } catch {
    return key
  }
}
