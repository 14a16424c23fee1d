import { en } from '../../../dashboard/src/i18n/en/index.ts'
import { ptBr } from '../../../dashboard/src/i18n/pt-br/index.ts'

/** A text's keys, `home.title` and `home:title`, to what it says. */
function flatten(texts: object, prefix = ''): [key: string, text: string][] {
  return Object.entries(texts).flatMap(([name, value]) =>
    typeof value === 'string' ? [[`${prefix}${name}`, value] as [string, string]] : flatten(value as object, `${prefix}${name}.`),
  )
}

const bundles = { 'pt-BR': flatten(ptBr), en: flatten(en) }
const said = { 'pt-BR': new Set(bundles['pt-BR'].map(([, text]) => text)), en: new Set(bundles.en.map(([, text]) => text)) }
// As i18next shows a key that it does not find: without its namespace.
const keys = new Set(bundles.en.flatMap(([key]) => [key, key.split('.').slice(1).join('.')]).filter((key) => key.includes('.')))

/** Words that no sentence of the other language does without. */
const typical = {
  'pt-BR': /(?<![\p{L}-])(?:não|você|para|uma|são|está|seu|sua|como|das|dos|ou|pelo|pela|ainda|cada)(?![\p{L}-])/iu,
  en: /(?<![\p{L}-])(?:the|is|are|was|with|and|your|this|not|of|for|has|have|from|what|there)(?![\p{L}-])/iu,
}

/** Of a page's texts, those that are a key, or in the other language. */
export function leftovers(texts: readonly string[], language: 'pt-BR' | 'en'): string[] {
  const other = language === 'en' ? 'pt-BR' : 'en'
  return texts.filter((text) => keys.has(text) || (!said[language].has(text) && (said[other].has(text) || typical[other].test(text))))
}
