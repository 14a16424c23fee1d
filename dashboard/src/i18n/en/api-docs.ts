import type { Texts } from '../languages.ts'
import type { apiDocs as source } from '../pt-br/api-docs.ts'

export const apiDocs: Texts<typeof source> = {
  title: 'API',
  text: 'All that the dashboard and the portal do, for your own programs.',
  document: 'OpenAPI document',
  dashboard: 'Go to the dashboard',
  search: 'Search by path or description',
  found_one: '{{formatted}} operation',
  found_many: '{{formatted}} operations',
  found_other: '{{formatted}} operations',
  none: 'No operation matches the search',
  noneText: 'Try another word, for example “budgets” or “POST”.',
  clear: 'Clear the search',
  access: { read: 'Every operator', write: 'Administrators only', client: 'Users of a client' },
  byToken: 'By the admin token or by the dashboard’s session.',
  bySession: 'Only by the session of somebody who signed in to the portal.',
  parameters: 'Parameters',
  in: { path: 'in the path', query: 'in the query' },
  body: 'Body',
  answer: 'Answer',
  file: '{{type}} file',
  length: 'length',
  required: 'required',
  curl: 'Example with curl',
  copyCurl: 'Copy as curl',
}
