export type StatementLanguage = 'pt-BR' | 'en'

interface Words {
  title: string
  period: string
  zone: string
  generated: string
  open: string
  total: string
  calls: string
  tokens: string
  saved: string
  model: string
  kind: string
  used: string
  usd: string
  brl: string
  byModel: string
  none: string
  adjustments: (calls: string, brl: string) => string
  noAdjustments: string
  unpriced: (calls: string) => string
  missing: string
  rounded: string
  rates: string
  rate: string
  source: string
  days: string
  to: string
  page: (page: number, pages: number) => string
  sources: Record<string, string>
  kinds: Record<string, string>
  units: Record<string, string>
}

/** What the PDF says, in both languages. */
export const statementWords: Record<StatementLanguage, Words> = {
  'pt-BR': {
    title: 'Extrato de uso de IA',
    period: 'Período',
    zone: 'Fuso horário',
    generated: 'Gerado em',
    open: 'Mês em aberto: os valores ainda mudam.',
    total: 'Total',
    calls: 'Chamadas',
    tokens: 'Tokens',
    saved: 'Economia do cache',
    model: 'Modelo',
    kind: 'Tipo',
    used: 'Tokens / unidades',
    usd: 'US$',
    brl: 'R$',
    byModel: 'Por modelo e tipo de chamada',
    none: 'Nenhuma chamada neste mês.',
    adjustments: (calls, brl) => `Ajustes: chamadas cobradas por estimativa e corrigidas depois: ${calls} (${brl}, já incluídos acima).`,
    noAdjustments: 'Ajustes: nenhum.',
    unpriced: (calls) => `Chamadas sem preço conhecido em reais, fora do total em R$: ${calls}.`,
    missing: 'Parte das linhas deste mês foi arquivada: unidades, ajustes e cotações podem estar incompletos.',
    rounded: 'Valores arredondados só aqui: a soma das linhas mostradas pode diferir do total na última casa. O CSV tem todas as casas.',
    rates: 'Cotações usadas',
    rate: 'R$ por US$ 1',
    source: 'Fonte',
    days: 'Dias',
    to: 'a',
    page: (page, pages) => `Página ${page} de ${pages}`,
    sources: { ptax: 'Banco Central (PTAX)', env: 'Fixada pelo operador' },
    kinds: {
      chat: 'Conversa',
      embeddings: 'Embeddings',
      transcription: 'Transcrição',
      speech: 'Fala',
      image: 'Imagem',
      moderation: 'Moderação',
    },
    units: { seconds: 's de áudio', characters: 'caracteres', images: 'imagens' },
  },
  en: {
    title: 'AI usage statement',
    period: 'Period',
    zone: 'Time zone',
    generated: 'Generated at',
    open: 'The month is not over: figures still change.',
    total: 'Total',
    calls: 'Calls',
    tokens: 'Tokens',
    saved: 'Saved by the cache',
    model: 'Model',
    kind: 'Kind',
    used: 'Tokens / units',
    usd: 'US$',
    brl: 'R$',
    byModel: 'By model and kind of call',
    none: 'No calls in this month.',
    adjustments: (calls, brl) => `Adjustments: calls charged by estimate and corrected later: ${calls} (${brl}, in the sums above).`,
    noAdjustments: 'Adjustments: none.',
    unpriced: (calls) => `Calls without a known price in reais, not in the total in R$: ${calls}.`,
    missing: 'Some rows of this month were put away: units, adjustments and rates may be incomplete.',
    rounded:
      'Amounts are rounded here only: the sum of the lines shown may differ from the total in the last digit. The CSV has every digit.',
    rates: 'Exchange rates used',
    rate: 'R$ for US$ 1',
    source: 'Source',
    days: 'Days',
    to: 'to',
    page: (page, pages) => `Page ${page} of ${pages}`,
    sources: { ptax: 'Central Bank of Brazil (PTAX)', env: 'Set by the operator' },
    kinds: {
      chat: 'Chat',
      embeddings: 'Embeddings',
      transcription: 'Transcription',
      speech: 'Speech',
      image: 'Image',
      moderation: 'Moderation',
    },
    units: { seconds: 's of audio', characters: 'characters', images: 'images' },
  },
}
