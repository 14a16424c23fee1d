import type { CSSProperties } from 'react'

/** Of its own size; no figure is wider a letter, its separators being narrow. */
const widest = 0.62

/** The size at which a figure fits on one line of the `@container` around it, whole however long it is, and at most `rem`. */
export function fitFigure(text: string, rem: number): CSSProperties {
  return { fontSize: `min(${rem}rem, ${(100 / widest / Math.max(text.length, 1)).toFixed(2)}cqi)` }
}
