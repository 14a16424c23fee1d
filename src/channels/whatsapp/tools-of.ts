import { jsonSchema, type ToolSet, tool } from 'ai'
import { handOffTool, type ToolRow } from '../../conversations/index.ts'
import type { Channel } from './channel.ts'

/** What the model may call: the channel's own tools and, where it hands conversations off, that. */
export function toolsOf({ handsOff }: Channel, rows: readonly ToolRow[]): ToolSet {
  const own = rows.map(({ name, description, parameters }) => [name, tool({ description, inputSchema: jsonSchema(parameters) })] as const)
  const description =
    'Gives this conversation to a human of the team, who answers from then on. Call it when the contact asks for a person.'
  const noArguments = jsonSchema({ type: 'object', properties: {} })
  return Object.fromEntries(handsOff ? [...own, [handOffTool, tool({ description, inputSchema: noArguments })]] : own)
}
