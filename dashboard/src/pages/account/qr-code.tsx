import { useMemo } from 'react'
import { encodeQr } from './encode-qr.ts'

const quietZone = 4

/** Dark on white in either theme: readers expect it so. Nothing where the text is too long; the key stands beside it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const modules = useMemo(() => encodeQr(text), [text])
  if (!modules) return null
  const size = modules.length + quietZone * 2
  const path = modules
    .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x + quietZone} ${y + quietZone}h1v1h-1z`] : [])))
    .join('')
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges" className="mx-auto size-56 rounded-md">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
