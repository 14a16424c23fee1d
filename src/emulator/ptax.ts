/** Rates by day (`2026-11-20`), in reais a dollar. */
export type Quotes = Record<string, number>

interface PtaxEntry {
  cotacaoCompra: number
  cotacaoVenda: number
  dataHoraCotacao: string
}

const defaultRate = 5.4321
const dayMs = 86_400_000

/**
 * Answers the central bank's `CotacaoDolarPeriodo` (and `CotacaoDolarDia`) for the days asked: the quotes given, or else one for the
 * last weekday among them. Undefined when the query has no dates to read.
 */
export function answerPtax(query: URLSearchParams, quotes: Quotes | undefined): string | undefined {
  const first = readDate(query.get('@dataInicial') ?? query.get('@dataCotacao'))
  const last = readDate(query.get('@dataFinalCotacao') ?? query.get('@dataCotacao'))
  if (first === undefined || last === undefined) return undefined
  const value = quotes === undefined ? defaultQuote(first, last) : givenQuotes(quotes, first, last)
  return JSON.stringify({
    '@odata.context': 'https://was-p.bcnet.bcb.gov.br/olinda/servico/PTAX/versao/v1/odata$metadata#_CotacaoDolarPeriodo',
    value: query.get('$orderby')?.includes('desc') === true ? value.reverse() : value,
  })
}

/** `'11-20-2026'`, quotes included, months first. */
function readDate(text: string | null): number | undefined {
  const [, month, day, year] = /^'?(\d\d)-(\d\d)-(\d{4})'?$/.exec(text ?? '') ?? []
  return year === undefined ? undefined : Date.parse(`${year}-${month}-${day}T00:00:00Z`)
}

function defaultQuote(first: number, last: number): PtaxEntry[] {
  for (let day = last; day >= first; day -= dayMs) {
    const weekday = new Date(day).getUTCDay()
    if (weekday !== 0 && weekday !== 6) return [entry(isoDay(day), defaultRate)]
  }
  return []
}

function givenQuotes(quotes: Quotes, first: number, last: number): PtaxEntry[] {
  return Object.entries(quotes)
    .filter(([day]) => day >= isoDay(first) && day <= isoDay(last))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([day, rate]) => entry(day, rate))
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

function entry(day: string, rate: number): PtaxEntry {
  return { cotacaoCompra: Number((rate - 0.0006).toFixed(4)), cotacaoVenda: rate, dataHoraCotacao: `${day} 13:04:26.573` }
}
