import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { marked, type Token, type Tokens } from 'marked'

export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

export interface Document {
  path: string
  url: string
  text: string
}

interface BuildDocs {
  listDocuments(root: string): Document[]
  createSlugger(): (text: string) => string
  resolveLink(from: string, href: string): { path: string; hash: string } | undefined
}

const build = (await import(new URL('../../../bin/build-docs.js', import.meta.url).href)) as BuildDocs

export const { resolveLink } = build

/** All of `docs`, both languages. */
export const documents = build.listDocuments(root)

/** What lies at the root, for people who look at the repository. */
export const others = ['README.md', 'README.pt-BR.md', 'CONTRIBUTING.md'].map((path) => ({
  path,
  url: '',
  text: readFileSync(`${root}/${path}`, 'utf8'),
}))

function tokensOf<T extends Token>(text: string, type: string): T[] {
  const found: T[] = []
  marked.walkTokens(marked.lexer(text), (token) => {
    if (token.type === type) found.push(token as T)
  })
  return found
}

export const headingsOf = ({ text }: Document): Tokens.Heading[] => tokensOf(text, 'heading')

export const codeBlocksOf = ({ text }: Document): Tokens.Code[] =>
  tokensOf<Tokens.Code>(text, 'code').filter(({ lang }) => lang !== undefined)

export function linksOf({ text }: Document): string[] {
  return [...tokensOf<Tokens.Link>(text, 'link'), ...tokensOf<Tokens.Image>(text, 'image')].map(({ href }) => href)
}

/** The anchors of a document's headings, as GitHub and the served pages make them. */
export function anchorsOf(document: Document): Set<string> {
  const slug = build.createSlugger()
  return new Set(headingsOf(document).map(({ text }) => slug(text.replace(/[`*]|\[([^\]]*)\]\([^)]*\)/g, '$1'))))
}
