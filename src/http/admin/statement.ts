import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import { adminRoute, fileOf } from '../api/index.ts'
import { readStatement, statement, statementQuery } from '../reports/statement.ts'
import { csvType, pdfType, statementCsvFile, statementLanguage, statementPdfFile } from '../reports/statement-files.ts'
import { clientName } from './budget-schemas.ts'

const url = '/clients/:client/statement'
const params = z.object({ client: clientName })

/** `/api/admin/clients/{client}/statement`: a client's month in R$, by its own calendar, for people and for programs. */
export const statementRoutes = [
  adminRoute({
    method: 'GET',
    url,
    summary: 'A client’s month by model and kind of call, with the exchange rates used',
    access: 'read',
    output: statement,
    input: { params, query: statementQuery },
    handle: async ({ owner }, input) => await readStatement(owner, await getClient(owner, input.params.client), input.query.month),
  }),
  adminRoute({
    method: 'GET',
    url: `${url}.csv`,
    summary: 'The same as CSV: lines, total, adjustments and rates',
    access: 'read',
    output: fileOf(csvType),
    input: { params, query: statementQuery },
    handle: async ({ owner }, input) =>
      statementCsvFile(await readStatement(owner, await getClient(owner, input.params.client), input.query.month)),
  }),
  adminRoute({
    method: 'GET',
    url: `${url}.pdf`,
    summary: 'The same as PDF, in the client’s language or in `lang`',
    access: 'read',
    output: fileOf(pdfType),
    input: { params, query: statementQuery.extend({ lang: statementLanguage }) },
    async handle({ owner }, { params, query }) {
      const client = await getClient(owner, params.client)
      return await statementPdfFile(await readStatement(owner, client, query.month), query.lang ?? client.locale)
    },
  }),
]
