import { Agent, request } from 'undici'
import { z } from 'zod'

export const ptaxUrl = 'https://olinda.bcb.gov.br/olinda/servico/PTAX/versao/v1/odata'

export interface PtaxQuote {
  /** Reais for one dollar, selling rate (`cotacaoVenda`), as a decimal string. */
  rate: string
  /** Brasília's wall clock, as the bank writes it: `2025-08-21 13:04:27.463`. */
  quotedAtLocal: string
}

/** Long enough for any run of weekends and holidays. */
const windowDays = 15
const longestBody = 1_000_000

const answerSchema = z.object({
  value: z.array(
    z.object({
      cotacaoVenda: z.number().positive(),
      dataHoraCotacao: z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?$/),
    }),
  ),
})

/**
 * The last PTAX closing quote of the Banco Central do Brasil. Throws when the bank cannot be reached in time or answers anything but
 * quotes. https://dadosabertos.bcb.gov.br/dataset/dolar-americano-usd-todos-os-boletins-diarios
 */
export async function fetchPtax(options: { baseUrl: string; nowMs: number; timeoutMs: number }): Promise<PtaxQuote> {
  const { baseUrl, nowMs, timeoutMs } = options
  const from = brazilianDate(nowMs - windowDays * 86_400_000)
  const to = brazilianDate(nowMs)
  const service = 'CotacaoDolarPeriodo(dataInicial=@dataInicial,dataFinalCotacao=@dataFinalCotacao)'
  const url = `${baseUrl.replace(/\/+$/, '')}/${service}?@dataInicial='${from}'&@dataFinalCotacao='${to}'&$format=json`
  const { value } = answerSchema.parse(JSON.parse(await fetchText(url, timeoutMs)))
  const last = value.toSorted((a, b) => (a.dataHoraCotacao < b.dataHoraCotacao ? -1 : 1)).at(-1)
  if (!last) throw new Error(`no quotes between ${from} and ${to}`)
  return { rate: String(last.cotacaoVenda), quotedAtLocal: last.dataHoraCotacao }
}

async function fetchText(url: string, timeoutMs: number): Promise<string> {
  // One question an hour is not worth a connection that stays open, or that keeps a process from ending.
  const agent = new Agent({ connect: { timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  try {
    const { statusCode, body } = await request(url, { dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) })
    if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`)
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      text += decoder.decode(chunk as Buffer, { stream: true })
      if (text.length > longestBody) throw new Error('the answer is too long')
    }
    return text
  } finally {
    await agent.destroy()
  }
}

function brazilianDate(timeMs: number): string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: 'America/Sao_Paulo', year: 'numeric', month: '2-digit', day: '2-digit' })
  return format.format(timeMs).replaceAll('/', '-')
}
