import { isRecord } from '../../shared/is-record.ts'
import { refuse } from '../refuse.ts'

/**
 * Tools that the caller runs. All others run at the provider and cost by the call, the container or the page read, on top of tokens, which
 * no hold can bound and no registered price covers: https://platform.openai.com/docs/pricing#built-in-tools
 */
const ownTools = new Set<unknown>(['function', 'custom', 'local_shell', 'apply_patch'])

export function checkTools(tools: unknown, param: string): void {
  if (tools === undefined || tools === null) return
  if (!Array.isArray(tools)) throw refuse(param, `${param} must be an array`)
  tools.forEach((tool, index) => {
    const type = isRecord(tool) ? tool.type : undefined
    if (isRecord(tool) && type === 'namespace') checkTools(tool.tools, `${param}[${index}].tools`)
    else if (!ownTools.has(type)) {
      const known = `Tools of type ${JSON.stringify(type)} are not supported`
      throw refuse(`${param}[${index}].type`, `${known}: what they cost at the provider can neither be bounded nor priced here`)
    }
  })
}
