import { z } from 'zod'
import { ApiFile } from '../api/index.ts'
import type { Statement } from './statement.ts'
import { statementCsv } from './statement-csv.ts'

export const pdfType = 'application/pdf'
export const csvType = 'text/csv; charset=utf-8'

/** Left out: the client's own language. */
export const statementLanguage = z.enum(['pt-BR', 'en']).optional()

export function statementCsvFile(statement: Statement): ApiFile {
  return new ApiFile({ contentType: csvType, name: `statement-${statement.client}-${statement.month}.csv`, body: statementCsv(statement) })
}

export async function statementPdfFile(statement: Statement, language: 'pt-BR' | 'en'): Promise<ApiFile> {
  // It brings a PDF library along: as much memory as a fifth of the whole gateway.
  const { statementPdf } = await import('./statement-pdf.ts')
  const body = await statementPdf(statement, language)
  return new ApiFile({ contentType: pdfType, name: `statement-${statement.client}-${statement.month}.pdf`, body })
}
