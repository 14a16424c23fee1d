import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { type AppLanguage, languages } from './languages.ts'
import type { ptBr } from './pt-br/index.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: typeof ptBr
    returnNull: false
  }
}

const storageKey = 'catraca.language'

/** One language is loaded, not both: the texts are a large part of the page. */
const loaders = {
  'pt-BR': async () => (await import('./pt-br/index.ts')).ptBr,
  en: async () => (await import('./en/index.ts')).en,
}

function chooseLanguage(): AppLanguage {
  const kept = readKept()
  if (kept !== undefined) return kept
  return /^pt\b/i.test(navigator.language) ? 'pt-BR' : 'en'
}

function readKept(): AppLanguage | undefined {
  try {
    const kept = localStorage.getItem(storageKey)
    return kept !== null && Object.hasOwn(languages, kept) ? (kept as AppLanguage) : undefined
  } catch {
    return undefined
  }
}

async function load(language: AppLanguage): Promise<void> {
  const texts = await loaders[language]()
  for (const [namespace, bundle] of Object.entries(texts)) i18next.addResourceBundle(language, namespace, bundle, true, true)
}

/** Resolves when the texts are there, so that no page ever shows a key. */
export async function startI18n(): Promise<void> {
  const language = chooseLanguage()
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: 'common',
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  await load(language)
  document.documentElement.lang = language
}

export async function setLanguage(language: AppLanguage): Promise<void> {
  await load(language)
  document.documentElement.lang = language
  try {
    localStorage.setItem(storageKey, language)
  } catch {
    // A browser that keeps nothing still shows what was chosen.
  }
  await i18next.changeLanguage(language)
}
