import { createContext, useContext, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { createFormat, type Format } from './format.ts'

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** The zone in which times are shown where nothing else is said: the portal sets its client's. */
export const ZoneContext = createContext(browserZone)

/** Figures and times as the reader writes them. `zone`: a client's own, instead of the page's. */
export function useFormat(zone?: string): Format {
  const { i18n } = useTranslation()
  const pageZone = useContext(ZoneContext)
  return useMemo(() => createFormat(i18n.language, zone ?? pageZone), [i18n.language, zone, pageZone])
}
