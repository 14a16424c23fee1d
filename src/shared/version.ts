/** Catraca's own, as package.json says it: written here so that a bundled library need not find that file. */
export const version = '0.1.0'

/** What we call ourselves to others. */
export const userAgent = `catraca/${version}`
