import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** Each language's folder of documents, and the words of the page around them. The first one's are at `docs` itself. */
export const languages = [
  { code: 'en', folder: 'docs', other: 'Português', pages: 'Pages', more: 'More', dashboard: 'Dashboard', raw: 'As Markdown' },
  { code: 'pt-BR', folder: 'docs/pt-BR', other: 'English', pages: 'Páginas', more: 'Mais', dashboard: 'Painel', raw: 'Em Markdown' },
]

/** Folders with documents; decisions are in English only. */
const folders = [...languages.map(({ folder }) => folder), 'docs/decisions']

/**
 * Every document of `docs`: its path in the repository, its address below the gateway, its language and its text. `README.md` is its
 * folder's own page.
 */
export function listDocuments(root) {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => {
        const path = `${folder}/${name}`
        const language = folder === 'docs/pt-BR' ? languages[1] : languages[0]
        return { path, url: addressOf(path), language, text: readFileSync(join(root, path), 'utf8') }
      }),
  )
}

/** `/docs` itself leads to the browser's language; a link to the English index means the English one. */
function addressOf(path) {
  return path === 'docs/README.md' ? '/docs/index' : `/${path.replace(/(?:\/README)?\.md$/, '')}`
}

/** As GitHub makes a heading's anchor; the second of one name gets `-1`. */
export function createSlugger() {
  const seen = new Map()
  return (text) => {
    const slug = text
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    return times === 0 ? slug : `${slug}-${times}`
  }
}

/** Where a link of the document at `from` leads in the repository: `{ path, hash }`; nothing for an address elsewhere. */
export function resolveLink(from, href) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('/')) return undefined
  const [path, hash = ''] = href.split('#')
  return { path: path === '' ? from : posix.normalize(posix.join(posix.dirname(from), decodeURI(path))), hash }
}

/** Writes the documents as pages to `out/docs`, with their pictures and their Markdown, and `llms.txt` and `llms-full.txt` to `out`. */
export async function buildDocs(root, out) {
  if (!existsSync(join(root, 'docs/README.md'))) return
  const { Marked } = await import('marked')
  const documents = listDocuments(root)
  const navigations = new Map(languages.map((language) => [language.code, readNavigation(new Marked(), language, documents)]))
  for (const document of documents) {
    const file = join(out, document.path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, document.text)
    writePacked(
      file.replace(/(?:README)?\.md$/, (end) => (end === '.md' ? '.html' : 'index.html')),
      renderPage(Marked, root, document, documents, navigations.get(document.language.code)),
    )
  }
  copyAssets(root, out)
  writeForModels(out, documents, navigations.get('en'))
}

function copyAssets(root, out) {
  copyFileSync(join(root, 'bin/docs.css'), join(out, 'docs/docs.css'))
  const images = join(root, 'docs/images')
  if (!existsSync(images)) return
  mkdirSync(join(out, 'docs/images'), { recursive: true })
  for (const name of readdirSync(images)) copyFileSync(join(images, name), join(out, 'docs/images', name))
}

/** The gateway never compresses while it serves. */
function writePacked(file, text) {
  writeFileSync(file, text)
  writeFileSync(`${file}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
  writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }))
}

/**
 * The index is the navigation: its second-level headings, and below each the first link of every item of its lists. What it does not name
 * comes last.
 */
function readNavigation(marked, { code, folder, more }, documents) {
  const path = `${folder}/README.md`
  const own = documents.filter((one) => one.language.code === code && posix.dirname(one.path) === folder)
  const groups = []
  for (const token of marked.lexer(own.find((one) => one.path === path).text)) {
    if (token.type === 'heading' && token.depth === 2) groups.push({ title: token.text, entries: [] })
    if (token.type !== 'list') continue
    for (const item of token.items) {
      const link = findLink(item)
      const target = link && resolveLink(path, link.href)
      if (target)
        groups.at(-1)?.entries.push({ title: link.text, path: target.path, about: item.text.replace(/^\[[^\]]*\]\([^)]*\):?\s*/, '') })
    }
  }
  const named = new Set([path, ...groups.flatMap(({ entries }) => entries.map((one) => one.path))])
  const unnamed = own.filter((one) => !named.has(one.path))
  if (unnamed.length > 0) groups.push({ title: more, entries: unnamed.map((one) => ({ title: titleOf(one), path: one.path, about: '' })) })
  return groups
}

function titleOf({ text, path }) {
  return /^# (.+)$/m.exec(text)?.[1] ?? path
}

function findLink(token) {
  if (token.type === 'link') return token
  for (const child of token.tokens ?? []) {
    const found = findLink(child)
    if (found) return found
  }
  return undefined
}

function renderPage(Marked, root, document, documents, navigation) {
  const headings = []
  const marked = new Marked({ renderer: createRenderer(root, document, documents, headings) })
  const body = marked.parse(document.text)
  const { language } = document
  const twin = twinOf(document, documents)
  const home = addressOf(`${language.folder}/README.md`)
  return `<!doctype html>
<html lang="${language.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(titleOf(document))} · Catraca</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/docs.css">
<link rel="alternate" type="text/markdown" href="/${document.path}">
</head>
<body>
<header>
<a class="home" href="${home}">Catraca</a>
<a class="to-pages" href="#pages">${language.pages}</a>
<span class="space"></span>
<a href="${twin.url}" hreflang="${twin.language.code}" lang="${twin.language.code}">${language.other}</a>
<a href="/">${language.dashboard}</a>
</header>
<main>
${body}</main>
<nav id="pages" aria-label="${language.pages}">
${renderNavigation(document, navigation, headings)}</nav>
<footer><a href="/${document.path}">${language.raw}</a></footer>
</body>
</html>
`
}

/** The same document in the other language, or that language's first page. */
function twinOf(document, documents) {
  const [english, portuguese] = languages
  const from = document.language
  const to = from === english ? portuguese : english
  const path = document.path.replace(from.folder, to.folder)
  return documents.find((one) => one.path === path) ?? documents.find((one) => one.path === `${to.folder}/README.md`)
}

function renderNavigation(document, navigation, headings) {
  const sections = headings.filter(({ depth }) => depth === 2)
  const inPage = sections.length < 2 ? '' : `<ul>${sections.map(({ id, html }) => `<li><a href="#${id}">${html}</a></li>`).join('')}</ul>`
  return navigation
    .map(({ title, entries }) => {
      const items = entries.map(({ title: name, path }) => {
        const isHere = path === document.path
        const here = isHere ? ' aria-current="page"' : ''
        return `<li><a href="${addressOf(path)}"${here}>${escapeHtml(name)}</a>${isHere ? inPage : ''}</li>`
      })
      return `<h2>${escapeHtml(title)}</h2>\n<ul>${items.join('\n')}</ul>\n`
    })
    .join('')
}

function createRenderer(root, document, documents, headings) {
  const slug = createSlugger()
  const isServed = (path) => documents.some((one) => one.path === path)
  return {
    heading({ tokens, depth }) {
      const html = this.parser.parseInline(tokens)
      const text = toPlain(html.replace(/<[^>]+>/g, ''))
      const id = slug(text)
      headings.push({ depth, id, text, html: html.replace(/<\/?a\b[^>]*>/g, '') })
      return `<h${depth} id="${id}">${html} <a class="anchor" href="#${id}" aria-label="#${id}">#</a></h${depth}>\n`
    },
    link({ href, tokens }) {
      const html = this.parser.parseInline(tokens)
      const target = resolveLink(document.path, href)
      if (!target) return `<a href="${escapeHtml(href)}">${html}</a>`
      // What is not served is in the repository: its name says where.
      if (isServed(target.path)) return `<a href="${addressOf(target.path)}${target.hash && `#${target.hash}`}">${html}</a>`
      return existsSync(join(root, target.path, 'README.md')) && isServed(`${target.path}/README.md`)
        ? `<a href="${addressOf(`${target.path}/README.md`)}">${html}</a>`
        : html
    },
    image({ href, text }) {
      const target = resolveLink(document.path, href)
      return `<img src="${target ? `/${target.path}` : escapeHtml(href)}" alt="${escapeHtml(text)}" loading="lazy">`
    },
    code({ text, lang }) {
      return `<pre tabindex="0"><code data-language="${escapeHtml(lang?.split(' ')[0] ?? '')}">${escapeHtml(text)}\n</code></pre>\n`
    },
    table(token) {
      // A heading without words is none to a screen reader.
      const tagOf = (cell, tag) => (cell.tokens.length === 0 ? 'td' : tag)
      const toCell = (cell, tag) => `<${tagOf(cell, tag)}>${this.parser.parseInline(cell.tokens)}</${tagOf(cell, tag)}>`
      const row = (cells, tag) => `<tr>${cells.map((cell) => toCell(cell, tag)).join('')}</tr>\n`
      const rows = token.rows.map((cells) => row(cells, 'td')).join('')
      return `<div class="table" tabindex="0"><table><thead>${row(token.header, 'th')}</thead><tbody>${rows}</tbody></table></div>\n`
    },
  }
}

/** https://llmstxt.org: what there is, and all of it in one file. */
function writeForModels(out, documents, navigation) {
  const pages = navigation.flatMap(({ entries }) => entries)
  const [title, summary] = documents.find(({ path }) => path === 'docs/README.md').text.split('\n\n')
  const list = navigation.map(
    (group) => `## ${group.title}\n\n${group.entries.map((one) => `- [${one.title}](/${one.path}): ${one.about}`).join('\n')}\n`,
  )
  const quoted = summary.replaceAll('\n', '\n> ')
  writeFileSync(join(out, 'llms.txt'), `${title}\n\n> ${quoted}\n\n${list.join('\n')}`)
  const whole = pages.flatMap(({ path }) => documents.filter((one) => one.path === path))
  writeFileSync(join(out, 'llms-full.txt'), whole.map(({ path, text }) => `<!-- /${path} -->\n\n${text}`).join('\n'))
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (character) => entities[character])
}

function toPlain(html) {
  return html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
}
