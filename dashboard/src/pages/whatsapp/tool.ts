import type { Answer, Body } from '../../api/index.ts'

/** What the model of a number may call at the client's own system. */
export type Tool = Answer<'GET /whatsapp/channels/:channel/tools'>[number]

/** As typed. */
export interface ToolForm {
  name: string
  description: string
  url: string
  parameters: string
}

export const emptyTool: ToolForm = { name: '', description: '', url: '', parameters: '' }

export function toToolForm({ name, description, url, parameters }: Tool): ToolForm {
  return { name, description, url, parameters: JSON.stringify(parameters, null, 2) }
}

/** The schema as typed; undefined for what is no JSON object of the type `object`. Empty: it takes no arguments. */
function toParameters(text: string): Record<string, unknown> | null | undefined {
  if (text.trim() === '') return null
  try {
    const schema: unknown = JSON.parse(text)
    return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'object' ? { ...schema } : undefined
  } catch {
    return undefined
  }
}

export function toolProblems({ name, description, url, parameters }: ToolForm): ReadonlySet<keyof ToolForm> {
  const wrong: Record<keyof ToolForm, boolean> = {
    name: !/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/.test(name.trim()),
    description: description.trim() === '',
    url: !/^https?:\/\/[^\s/]/.test(url.trim()),
    parameters: toParameters(parameters) === undefined,
  }
  return new Set((Object.keys(wrong) as (keyof ToolForm)[]).filter((field) => wrong[field]))
}

/** Without arguments none are named. */
export function toToolBody({ description, url, parameters }: ToolForm): Body<'PUT /whatsapp/channels/:channel/tools/:tool'> {
  const schema = toParameters(parameters)
  return { description: description.trim(), url: url.trim(), ...(schema && { parameters: schema }) }
}
