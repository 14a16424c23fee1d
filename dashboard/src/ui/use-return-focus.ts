import { useRef } from 'react'

/**
 * Gives the focus back to what had it before a dialog opened. Radix does so for a dialog with a trigger only, and else leaves it nowhere.
 * What is gone by then, a menu's item or a row that was deleted, leaves it to the page's title.
 */
export function useReturnFocus(): { onOpenAutoFocus(): void; onCloseAutoFocus(event: Event): void } {
  const opener = useRef<Element | null>(null)
  return {
    onOpenAutoFocus() {
      opener.current = document.activeElement
    },
    onCloseAutoFocus(event) {
      event.preventDefault()
      const isThere = opener.current?.isConnected && opener.current !== document.body
      const place = isThere ? opener.current : document.querySelector('h1')
      if (place instanceof HTMLElement) place.focus({ preventScroll: true })
    },
  }
}
