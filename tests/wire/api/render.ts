import type { Column, Endpoint, Fate, Field } from './field.ts'
import { type AnswerHeader, answerHeaders, type RequestHeader, requestHeaders } from './headers.ts'

/** The tables of docs/api.md, by the name of the block that each stands in. */
export function renderBlocks(endpoints: readonly Endpoint[]): ReadonlyMap<string, string> {
  return new Map([
    ...endpoints.map((endpoint): [string, string] => [endpoint.path, renderEndpoint(endpoint)]),
    ['request headers', table(['header', 'becomes', ''], requestHeaders.map(requestHeader))],
    ['answer headers', table(['header', 'on', ''], answerHeaders.map(answerHeader))],
  ])
}

function renderEndpoint({ note, columns, fields }: Endpoint): string {
  const header = ['field', ...columns.map(({ title }) => title), '']
  const rows = fields.map((field) => [
    field.label ?? `\`${field.field}\``,
    ...columns.map((_column: Column, index) => cell(field, index, (field.fates[index] ?? field.fates.at(-1)) as Fate)),
    field.note ?? '',
  ])
  return [...(note === undefined ? [] : [note, '']), table(header, rows)].join('\n')
}

function cell({ field }: Field, column: number, fate: Fate): string {
  if (fate.is === 'named') return 'by its name there'
  if (fate.is === 'refused') return '**refused**'
  if (fate.is !== 'carried') return fate.is
  if (column === 0) return 'changed'
  // Where a prompt, or a part of it, comes to stand says nothing to a reader.
  const isPrompt = /^(?:messages|input|contents|system|systemInstruction)\b/.test(fate.at)
  return isPrompt || fate.at === field || fate.at.startsWith(`${field}.`) ? 'carried' : `carried: \`${fate.at}\``
}

function requestHeader({ name, label = `\`${name}\``, fate, note }: RequestHeader): string[] {
  return [label, fate === 'refused' ? '**refused**' : fate, note]
}

function answerHeader({ name, on, note }: AnswerHeader): string[] {
  return [`\`${name}\``, on, note]
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
