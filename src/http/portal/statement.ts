import { fileOf, portalRoute } from '../api/index.ts'
import { readStatement, statement, statementQuery } from '../reports/statement.ts'
import { csvType, pdfType, statementCsvFile, statementLanguage, statementPdfFile } from '../reports/statement-files.ts'
import { ownClient } from './own-client.ts'

/** `/api/portal/statement`: the client's own month in R$. */
export const statementRoutes = [
  portalRoute({
    method: 'GET',
    url: '/statement',
    summary: 'A month by model and kind of call, with the exchange rates used',
    access: 'read',
    output: statement,
    input: { query: statementQuery },
    handle: async (context, { query }) => await readStatement(context.owner, await ownClient(context), query.month),
  }),
  portalRoute({
    method: 'GET',
    url: '/statement.csv',
    summary: 'The same as CSV',
    access: 'read',
    output: fileOf(csvType),
    input: { query: statementQuery },
    handle: async (context, { query }) => statementCsvFile(await readStatement(context.owner, await ownClient(context), query.month)),
  }),
  portalRoute({
    method: 'GET',
    url: '/statement.pdf',
    summary: 'The same as PDF, in the client’s language or in `lang`',
    access: 'read',
    output: fileOf(pdfType),
    input: { query: statementQuery.extend({ lang: statementLanguage }) },
    async handle(context, { query }) {
      const client = await ownClient(context)
      return await statementPdfFile(await readStatement(context.owner, client, query.month), query.lang ?? client.locale)
    },
  }),
]
