import PDFDocument from 'pdfkit'
import { formatDecimal } from '../../shared/money.ts'
import type { Statement, StatementLine } from './statement.ts'
import { type StatementLanguage, statementWords } from './statement-words.ts'

const margin = 48
const colours = { accent: '#0f766e', text: '#111827', faint: '#6b7280', rule: '#e5e7eb' }
const fonts = { plain: 'Helvetica', bold: 'Helvetica-Bold' }
const rowHeight = 18
const bottom = 64

interface Column {
  title: string
  /** A share of the page's width. */
  width: number
  align: 'left' | 'right'
}

type Doc = PDFKit.PDFDocument

/** The statement as A4 pages. Amounts are rounded for the eye here and nowhere else: the CSV and the JSON have every digit. */
export async function statementPdf(statement: Statement, language: StatementLanguage): Promise<Buffer> {
  const words = statementWords[language]
  const doc = new PDFDocument({
    size: 'A4',
    margin,
    bufferPages: true,
    info: { Title: printable(`${words.title} ${statement.client_name} ${statement.month}`) },
  })
  const chunks: Buffer[] = []
  const done = new Promise<Buffer>((resolve, reject) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk))
    doc.on('end', () => resolve(Buffer.concat(chunks)))
    doc.on('error', reject)
  })
  const page = new Page(doc, language)
  page.head(statement)
  page.sums(statement)
  page.lines(statement)
  page.notes(statement)
  page.rates(statement)
  page.footers(statement)
  doc.end()
  return await done
}

/** Writes from top to bottom and turns the page where something does not fit. */
class Page {
  readonly #doc: Doc
  readonly #language: StatementLanguage
  readonly #words: (typeof statementWords)[StatementLanguage]
  readonly #width: number

  constructor(doc: Doc, language: StatementLanguage) {
    this.#doc = doc
    this.#language = language
    this.#words = statementWords[language]
    this.#width = doc.page.width - 2 * margin
  }

  head({ client_name, client, from, to, time_zone, generated_at, is_closed }: Statement): void {
    const { title, period, generated, open, to: until } = this.#words
    const last = new Date(new Date(to).getTime() - 1)
    this.#doc.rect(margin, margin, 28, 4).fill(colours.accent)
    this.#doc.y = margin + 16
    this.#write(title, { size: 20, bold: true })
    this.#write(`${client_name} (${client})`, { size: 13, gap: 8 })
    this.#write(`${period}: ${this.#day(from, time_zone)} ${until} ${this.#day(last, time_zone)} (${time_zone})`, { colour: colours.faint })
    this.#write(`${generated}: ${this.#moment(generated_at, time_zone)}`, { colour: colours.faint, gap: 2 })
    if (!is_closed) this.#write(open, { colour: colours.accent, gap: 6 })
    this.#doc.y += 14
  }

  sums({ total }: Statement): void {
    const { calls, tokens, saved, total: title } = this.#words
    const figures = [
      [`${title} (R$)`, this.#amount(total.cost_brl, 2)],
      [`${title} (US$)`, this.#amount(total.cost_usd, 2)],
      [calls, this.#count(total.calls)],
      [tokens, this.#count(total.total_tokens)],
      [`${saved} (R$)`, this.#amount(total.saved_brl, 2)],
    ] as const
    const { y } = this.#doc
    const width = this.#width / figures.length
    for (const [index, [name, value]] of figures.entries()) {
      const x = margin + index * width
      this.#cell(name, { x, y, width: width - 6, size: 8, colour: colours.faint })
      this.#cell(value, {
        x,
        y: y + 13,
        width: width - 6,
        size: index === 0 ? 15 : 12,
        bold: true,
        colour: index === 0 ? colours.accent : colours.text,
      })
    }
    this.#doc.y = y + 46
  }

  lines({ lines, total }: Statement): void {
    const { byModel, none, model, kind, calls, used, usd, brl, total: title } = this.#words
    this.#section(byModel)
    if (lines.length === 0) {
      this.#write(none, { colour: colours.faint })
      return
    }
    const columns: Column[] = [
      { title: model, width: 0.34, align: 'left' },
      { title: kind, width: 0.13, align: 'left' },
      { title: calls, width: 0.11, align: 'right' },
      { title: used, width: 0.18, align: 'right' },
      { title: usd, width: 0.12, align: 'right' },
      { title: brl, width: 0.12, align: 'right' },
    ]
    const rows = lines.map((line) => [
      `${line.provider}/${line.model}`,
      this.#words.kinds[line.api_type] ?? line.api_type,
      this.#count(line.calls),
      this.#used(line),
      this.#amount(line.cost_usd, 4),
      this.#amount(line.cost_brl, 4),
    ])
    const last = [
      title,
      '',
      this.#count(total.calls),
      this.#count(total.total_tokens),
      this.#amount(total.cost_usd, 4),
      this.#amount(total.cost_brl, 4),
    ]
    this.#table(columns, rows, last)
  }

  notes({ adjustments, total, has_all_rows }: Statement): void {
    const { adjustments: told, noAdjustments, unpriced, missing, rounded } = this.#words
    const notes = [
      Number(adjustments.calls) > 0 ? told(this.#count(adjustments.calls), `R$ ${this.#amount(adjustments.cost_brl, 4)}`) : noAdjustments,
      ...(Number(total.unpriced) > 0 ? [unpriced(this.#count(total.unpriced))] : []),
      ...(has_all_rows ? [] : [missing]),
      rounded,
    ]
    this.#doc.y += 8
    for (const note of notes) this.#write(note, { colour: colours.faint, gap: 3 })
  }

  rates({ rates }: Statement): void {
    if (rates.length === 0) return
    const words = this.#words
    this.#doc.y += 10
    this.#section(words.rates)
    const columns: Column[] = [
      { title: words.rate, width: 0.2, align: 'right' },
      { title: `   ${words.source}`, width: 0.36, align: 'left' },
      { title: words.days, width: 0.28, align: 'left' },
      { title: words.calls, width: 0.16, align: 'right' },
    ]
    const rows = rates.map((rate) => [
      this.#amount(rate.brl_for_one_usd, 4, 8),
      `   ${words.sources[rate.source ?? ''] ?? rate.source ?? ''}`,
      rate.first_day === rate.last_day
        ? this.#plainDay(rate.first_day)
        : `${this.#plainDay(rate.first_day)} ${words.to} ${this.#plainDay(rate.last_day)}`,
      this.#count(rate.calls),
    ])
    this.#table(columns, rows)
  }

  footers({ client_name, month }: Statement): void {
    const { start, count } = this.#doc.bufferedPageRange()
    for (let index = start; index < start + count; index += 1) {
      this.#doc.switchToPage(index)
      // Below the margin, where a text would otherwise begin another page.
      this.#doc.page.margins.bottom = 0
      const y = this.#doc.page.height - 36
      this.#cell(`${client_name} · ${month}`, { x: margin, y, width: this.#width / 2, size: 8, colour: colours.faint })
      const number = this.#words.page(index - start + 1, count)
      this.#cell(number, { x: margin + this.#width / 2, y, width: this.#width / 2, size: 8, colour: colours.faint, align: 'right' })
    }
  }

  #section(title: string): void {
    // A title alone at the bottom of a page helps nobody.
    if (!this.#fits(4 * rowHeight)) this.#turn()
    this.#write(title, { size: 12, bold: true })
    this.#doc.y += 6
  }

  #table(columns: readonly Column[], rows: readonly (readonly string[])[], last?: readonly string[]): void {
    const header = () =>
      this.#row(
        columns,
        columns.map(({ title }) => title),
        { bold: true, colour: colours.accent, rule: colours.accent },
      )
    header()
    for (const row of rows) {
      if (!this.#fits(rowHeight)) {
        this.#turn()
        header()
      }
      this.#row(columns, row, { rule: colours.rule })
    }
    if (!last) return
    if (!this.#fits(rowHeight)) {
      this.#turn()
      header()
    }
    this.#row(columns, last, { bold: true })
  }

  #row(columns: readonly Column[], cells: readonly string[], { rule, ...style }: { bold?: boolean; colour?: string; rule?: string }): void {
    const { y } = this.#doc
    let x = margin
    for (const [index, { width, align }] of columns.entries()) {
      const full = width * this.#width
      this.#cell(cells[index] ?? '', { x, y: y + 4, width: full - (align === 'left' ? 6 : 0), align, ...style })
      x += full
    }
    if (rule)
      this.#doc
        .moveTo(margin, y + rowHeight - 1)
        .lineTo(margin + this.#width, y + rowHeight - 1)
        .lineWidth(0.5)
        .stroke(rule)
    this.#doc.y = y + rowHeight
  }

  #cell(
    text: string,
    cell: { x: number; y: number; width: number; size?: number; bold?: boolean; colour?: string; align?: 'left' | 'right' },
  ): void {
    const { x, y, width, size = 9, bold = false, colour = colours.text, align = 'left' } = cell
    const font = this.#doc
      .font(bold ? fonts.bold : fonts.plain)
      .fontSize(size)
      .fillColor(colour)
    font.text(printable(text), x, y, { width, height: size * 1.3, align, ellipsis: true })
  }

  #write(text: string, { size = 9, bold = false, colour = colours.text, gap = 0 } = {}): void {
    if (!this.#fits(size * 2 + gap)) this.#turn()
    const font = this.#doc
      .font(bold ? fonts.bold : fonts.plain)
      .fontSize(size)
      .fillColor(colour)
    font.text(printable(text), margin, this.#doc.y + gap, { width: this.#width })
  }

  #fits(height: number): boolean {
    return this.#doc.y + height <= this.#doc.page.height - bottom
  }

  #turn(): void {
    this.#doc.addPage()
    this.#doc.y = margin
  }

  /** Tokens, and what is billed otherwise beside or in place of them. */
  #used({ total_tokens, units, unit }: StatementLine): string {
    if (units === null || unit === null) return this.#count(total_tokens)
    return `${this.#amount(units, 0, 2)} ${this.#words.units[unit]}`
  }

  #count(value: bigint | number): string {
    return new Intl.NumberFormat(this.#language).format(value)
  }

  /** Of exact decimal text; a dash where nothing is known. */
  #amount(text: string | null, digits: number, mostDigits = digits): string {
    if (text === null) return '–'
    const format = new Intl.NumberFormat(this.#language, { minimumFractionDigits: digits, maximumFractionDigits: mostDigits })
    const least = formatDecimal(1n, mostDigits)
    // Little is not nothing.
    const isTooLittle = Number(text) > 0 && Number(text) < Number(least) / 2
    return isTooLittle ? `< ${format.format(least as Intl.StringNumericLiteral)}` : format.format(text as Intl.StringNumericLiteral)
  }

  #day(at: Date | string, timeZone: string): string {
    return new Intl.DateTimeFormat(this.#language, { timeZone, dateStyle: 'short' }).format(new Date(at))
  }

  #plainDay(day: string): string {
    return this.#day(`${day}T12:00:00Z`, 'UTC')
  }

  #moment(at: Date | string, timeZone: string): string {
    return new Intl.DateTimeFormat(this.#language, { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(at))
  }
}

/** The fonts that every reader has know Latin letters only. */
function printable(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[\u202f\u2009]/g, ' ')
    .replaceAll(/[^\x20-\x7e\xa0-\xff–—…•]/g, '?')
}
