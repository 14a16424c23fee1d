/** What WhatsApp takes as the text of one message, in UTF-16 units. */
const longestText = 4_096

const breaks = [/\n\s*\n/g, /[.!?…]+["'”’)\]]*\s+|\n/g, /\s+/g]

/**
 * Pieces of at most so many UTF-16 units, cut at the last end of a paragraph, sentence or word in the piece's second half, in that order.
 * Without zero characters, which models write at times and PostgreSQL does not take.
 */
export function splitText(text: string, most: number = longestText): string[] {
  const pieces: string[] = []
  let rest = text.replaceAll('\u0000', '').trim()
  while (rest.length > most) {
    const end = cutAt(rest, most)
    pieces.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return rest === '' ? pieces : [...pieces, rest]
}

function cutAt(text: string, most: number): number {
  const window = text.slice(0, most)
  for (const pattern of breaks) {
    const last = [...window.matchAll(pattern)].at(-1)
    const end = last ? last.index + last[0].length : 0
    if (end > most / 2) return end
  }
  // A character of two units stays whole.
  return /[\ud800-\udbff]$/.test(window) ? most - 1 : most
}
