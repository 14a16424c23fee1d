import { readFileSync } from 'node:fs'

// Loaded before a program whose parent may die without a word: a launcher killed with -9, or npm and the shell that npm puts between
// itself and us (it passes SIGTERM on to that shell only). The program is then told to stop, once.
const before = ancestors()
const watch = setInterval(() => {
  if (ancestors() === before) return
  clearInterval(watch)
  process.kill(process.pid, 'SIGTERM')
}, 500).unref()

/** The parent and, where that is npm's shell, npm above it; a launcher that stayed looks after those itself. */
function ancestors() {
  const parent = process.ppid
  return import.meta.url.endsWith('?launcher') ? `${parent}` : `${parent} ${parentOfShell(parent)}`
}

function parentOfShell(pid) {
  try {
    // Linux only: `12 (sh) S 11 …`. A shell that replaced itself by us is not there, and the one above npm is the user's own.
    return /\((?:\w*sh)\) \w (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? ''
  } catch {
    return ''
  }
}
