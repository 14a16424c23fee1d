/**
 * Beta features that change neither what a token costs nor who is charged, and reach nothing that is kept in an account:
 * https://platform.claude.com/docs/en/api/beta-headers. The others (fast mode, compaction, files, containers, MCP, batches) do.
 */
const forwarded: ReadonlySet<string> = new Set([
  'cache-diagnosis-2026-04-07',
  'claude-code-20250219',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'dev-full-thinking-2025-05-14',
  'effort-2025-11-24',
  'extended-cache-ttl-2025-04-11',
  'fine-grained-tool-streaming-2025-05-14',
  'interleaved-thinking-2025-05-14',
  'mid-conversation-output-config-2026-07-01',
  'mid-conversation-system-clear-at-2026-08-21',
  'model-context-window-exceeded-2025-08-26',
  'output-128k-2025-02-19',
  'output-300k-2026-03-24',
  'pdfs-2024-09-25',
  'prompt-caching-2024-07-31',
  'prompt-caching-scope-2026-01-05',
  'structured-outputs-2025-11-13',
  'task-budgets-2026-03-13',
  'thinking-display-updates-2026-08-18',
  'thinking-token-count-2026-05-13',
  'token-counting-2024-11-01',
  'token-efficient-tools-2025-02-19',
  'tool-examples-2025-10-29',
])

/**
 * The caller's `anthropic-beta` with what goes on; undefined when nothing does. Others are left out without a word, because programs name
 * more betas than a call needs; a field that needs one is then refused by its name, here or by the provider.
 */
export function forwardedBetas(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const named = (Array.isArray(header) ? header.join(',') : header).split(',').map((name) => name.trim())
  const kept = [...new Set(named)].filter((name) => forwarded.has(name))
  return kept.length === 0 ? undefined : kept.join(',')
}
