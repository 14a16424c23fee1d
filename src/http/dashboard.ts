import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { chooseLanguage, type Language } from '../gateway/index.ts'

const builtDashboard = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

/** The document at /api/openapi.json, for people. */
const docsPage = '/api/docs'

/** What programs call: there a wrong path is an error in JSON, never a page. */
const forPrograms = /^\/(?:api|v1|openai|webhooks|health\w*|readyz)(?:[/?]|$)/

/** Styles may be inline: Radix and Sonner put theirs into the page. Scripts may not, nor come from elsewhere. */
const policy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
}

/**
 * The dashboard's files at `/`, the documents at `/docs`, and the dashboard's page for each address that a person opens. Its headers and
 * hooks are its own: no call of `/v1` passes them. `folder` is for tests.
 */
export function dashboard(app: FastifyInstance, folder: string = builtDashboard): void {
  app.register(async (pages) => {
    await pages.register(helmet, {
      contentSecurityPolicy: policy,
      referrerPolicy: { policy: 'no-referrer' },
      // Whoever puts TLS in front says so there; on plain http it would mean nothing.
      strictTransportSecurity: false,
      xFrameOptions: { action: 'deny' },
    })
    await pages.register(fastifyStatic, { root: folder, serve: false, preCompressed: true, suppressWarning: true })
    pages.get('/*', (request, reply) => serve(folder, request, reply))
  })
}

function serve(folder: string, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const path = request.url.split('?')[0] ?? '/'
  if (path !== docsPage && forPrograms.test(path)) return notFound(reply)
  // Vite puts a hash of the content into these names.
  if (path.startsWith('/assets/')) return reply.sendFile(path.slice(1), { maxAge: '365d', immutable: true })
  if (/^\/docs(?:\/|$)/.test(path) && existsSync(join(folder, 'docs'))) return serveDocument(folder, path, request, reply)
  if (/^\/[\w-]+\.\w+$/.test(path)) return reply.sendFile(path.slice(1), { maxAge: 0 })
  if (!acceptsPage(request)) return notFound(reply)
  if (!existsSync(join(folder, 'index.html'))) return reply.code(503).type('text/plain; charset=utf-8').send(missing)
  return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false })
}

/**
 * `docs` as it was built beside the dashboard (`bin/build-docs.js`): a page's address has no extension, a picture's has. `/docs` itself opens in
 * the browser's language; `/docs/index` is the English page for whoever chose it.
 */
function serveDocument(folder: string, path: string, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const name = path.slice(1).replace(/\/$/, '')
  const language = chooseLanguage(request.headers['accept-language'], 'en')
  if (name === 'docs') {
    reply.header('vary', 'accept-language')
    if (language === 'pt-BR') return reply.redirect('/docs/pt-BR')
  }
  const isName = /^docs(?:\/[\w-]+)*(?:\.\w+)?$/.test(name)
  const file = isName && [name, `${name}.html`, `${name}/index.html`].find((one) => /\.\w+$/.test(one) && existsSync(join(folder, one)))
  if (file) return reply.sendFile(file, { maxAge: 0 })
  if (!acceptsPage(request)) return notFound(reply)
  const page = noSuchDocument[name.startsWith('docs/pt-BR') ? 'pt-BR' : language]
  return reply.code(404).header('vary', 'accept, accept-language').type('text/html; charset=utf-8').send(page)
}

function notFound(reply: FastifyReply): undefined {
  reply.callNotFound()
  return undefined
}

/** A browser that opens an address says so; a program that asks for anything gets the error. */
function acceptsPage({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true
}

const missing = `O painel não foi construído: rode "npm run up" (ou "npx vite build dashboard") na pasta do gateway e recarregue.
The dashboard was not built: run "npm run up" (or "npx vite build dashboard") in the gateway's folder and reload.
`

const noSuchDocument: Record<Language, string> = {
  en: messagePage('en', 'There is no such page here', [
    ['/docs/index', 'All documents'],
    ['/docs/errors', 'Error codes'],
    ['/', 'Dashboard'],
  ]),
  'pt-BR': messagePage('pt-BR', 'Esta página não existe', [
    ['/docs/pt-BR', 'Todos os documentos'],
    ['/docs/pt-BR/errors', 'Códigos de erro'],
    ['/', 'Painel'],
  ]),
}

function messagePage(language: Language, title: string, links: [href: string, words: string][]): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Catraca</title>
<link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
<main>
<h1>${title}</h1>
<ul>${links.map(([href, words]) => `<li><a href="${href}">${words}</a></li>`).join('')}</ul>
</main>
</body>
</html>
`
}
