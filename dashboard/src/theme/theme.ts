import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark' | 'system'

const storageKey = 'catraca.theme'
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()
let theme: Theme = readTheme()

systemIsDark.addEventListener('change', apply)

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(storageKey)
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    return 'system'
  }
}

function isDark(): boolean {
  return theme === 'dark' || (theme === 'system' && systemIsDark.matches)
}

function apply(): void {
  document.documentElement.classList.toggle('dark', isDark())
  for (const listener of listeners) listener()
}

export function setTheme(wanted: Theme): void {
  theme = wanted
  try {
    localStorage.setItem(storageKey, wanted)
  } catch {
    // A browser that keeps nothing still shows what was chosen.
  }
  apply()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useTheme(): { theme: Theme; isDark: boolean } {
  return { theme: useSyncExternalStore(subscribe, () => theme), isDark: useSyncExternalStore(subscribe, isDark) }
}
