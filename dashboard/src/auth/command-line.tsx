import { CopyButton } from '../ui/copy-button.tsx'

/** What to type on the gateway's machine. */
export function CommandLine({ command }: { command: string }) {
  return (
    <div className="flex items-center gap-2 rounded-md border bg-muted py-1 pr-1 pl-3">
      <code className="min-w-0 flex-1 font-mono text-sm break-words">{command}</code>
      <CopyButton value={command} size="icon" variant="ghost" />
    </div>
  )
}
