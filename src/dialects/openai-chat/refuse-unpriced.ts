import { isRecord } from '../../shared/is-record.ts'
import { refuse } from '../refuse.ts'

const unpriced = 'what it costs at the provider can neither be bounded nor priced here'
/** Run by the caller. Others (`browser_search`, `openrouter:web_search`, …) are run, and billed by the use, by the provider. */
const ownTools: ReadonlySet<unknown> = new Set(['function', 'custom', undefined])

/** Throws InvalidRequestError for what costs more than tokens, by its name: no hold is made for it. */
export function refuseUnpriced({ tools, web_search_options: search }: Record<string, unknown>): void {
  if (search != null) throw refuse('web_search_options', `web_search_options is not supported: ${unpriced}`)
  if (!Array.isArray(tools)) return
  tools.forEach((tool: unknown, index) => {
    const type = isRecord(tool) ? tool.type : undefined
    if (ownTools.has(type)) return
    const known = JSON.stringify(type)?.slice(0, 100)
    throw refuse(`tools[${index}].type`, `A tool of type ${known} is not supported: ${unpriced}`)
  })
}
