import type { Notification } from './notification.ts'

const words = {
  en: { open: 'Open in Catraca', id: 'Alert' },
  'pt-BR': { open: 'Abrir no Catraca', id: 'Alerta' },
} as const

export function toText({ id, locale, summary, facts, link }: Notification): string {
  const { open, id: label } = words[locale]
  const lines = facts.map(({ name, value }) => `${name}: ${value}`)
  return [summary, lines.join('\n'), link && `${open}: ${link}`, `${label} ${id}`].filter(Boolean).join('\n\n')
}

/** No pictures, no scripts, nothing loaded: what every mail program shows. */
export function toHtml({ id, locale, subject, summary, facts, link }: Notification): string {
  const { open, id: label } = words[locale]
  const rows = facts.map(
    ({ name, value }) => `<tr><td style="padding:2px 16px 2px 0;color:#555">${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  )
  return [
    `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="font-family:sans-serif;font-size:15px;color:#111">',
    `<p>${escapeHtml(summary)}</p>`,
    rows.length > 0 ? `<table style="border-collapse:collapse">${rows.join('')}</table>` : '',
    link === undefined ? '' : `<p><a href="${escapeHtml(link)}">${open}</a></p>`,
    `<p style="color:#777;font-size:12px">${label} ${escapeHtml(id)}</p></body></html>`,
  ].join('')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
