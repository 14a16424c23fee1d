import { useState } from 'react'

let kept: { path: string; token: string } | undefined

/**
 * The one-time token of a link: `#token=…` or `#…`, which no server and no log sees; `?token=` is better-auth's own way for passwords. It is
 * taken out of the address at once, so that it does not stay in the history.
 */
export function useLinkToken(): string | undefined {
  const [token] = useState(readToken)
  return token
}

function readToken(): string | undefined {
  const fragment = location.hash.slice(1)
  const query = new URLSearchParams(location.search)
  const token = fragment.includes('token=') ? new URLSearchParams(fragment).get('token') : fragment || query.get('token')
  // React asks twice while developing: by then the address has none.
  if (!token) return kept?.path === location.pathname ? kept.token : undefined
  query.delete('token')
  const rest = query.toString()
  kept = { path: location.pathname, token }
  history.replaceState(history.state, '', `${location.pathname}${rest === '' ? '' : `?${rest}`}`)
  return token
}
