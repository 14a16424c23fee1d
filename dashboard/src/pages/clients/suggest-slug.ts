const longestSlug = 63

/** `Agência Sol & Mar` → `agencia-sol-mar`: what the gateway takes as a slug. */
export function suggestSlug(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, longestSlug)
    .replace(/-+$/, '')
}

export function isSlug(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(text)
}
