import type { Target } from '../providers/index.ts'

/** What a target is called in log lines, in the `x-catraca-fallback` header and wherever one is told from another: `openai/gpt-4o-mini via direct`. */
export function targetName({ identifier, via }: Target): string {
  return `${identifier} via ${via}`
}
