/** How alike two questions have to be, as people write it: `0,95`. Undefined for what the gateway would refuse. */
export function toSimilarity(text: string): number | undefined {
  const plain = text.trim().replace(',', '.')
  const similarity = /^\d(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN
  return similarity >= 0.5 && similarity <= 1 ? similarity : undefined
}
