import type { ModelMessage } from 'ai'
import type { ToolRow } from '../../conversations/index.ts'
import { isConnectionError } from '../../database/index.ts'
import { describeStatus, postToPublic, toDeliveryError, webhookHeaders } from '../../notifications/index.ts'
import type { Secret } from '../../shared/secret.ts'
import type { AnswerRow, ConversationRow } from './answer.ts'
import type { Channel } from './channel.ts'
import type { AnswerParts, ModelAnswer } from './parts.ts'
import { asData } from './prompt.ts'

const timeoutMs = 10_000
/** In one round; a model that wants more is told so. */
const mostCalls = 8

type ToolMessage = Extract<ModelMessage, { role: 'tool' }>
type ToolOutput = Extract<ToolMessage['content'][number], { type: 'tool-result' }>['output']
type Call = ModelAnswer['toolCalls'][number]

/** Whose tools they are, for what, and in which round of an answer. */
export interface ToolRun {
  channel: Channel
  conversation: ConversationRow
  answer: AnswerRow
  round: number
  tools: readonly ToolRow[]
}

/**
 * Runs what the model called at the client's own system, side by side, and answers what it said as data. A failure is told to the model in
 * words and to the log: it rejects only while our own database is away. Run again, each has the same `webhook-id`.
 */
export async function runTools(parts: AnswerParts, run: ToolRun, calls: readonly Call[]): Promise<ToolMessage> {
  const content = calls.map(async (call, index) => ({
    type: 'tool-result' as const,
    toolCallId: call.toolCallId,
    toolName: call.toolName,
    output: index < mostCalls ? await runTool(parts, run, call, index) : failed(`Not called: at most ${mostCalls} at once.`),
  }))
  return { role: 'tool', content: await Promise.all(content) }
}

async function runTool(parts: AnswerParts, run: ToolRun, call: Call, index: number): Promise<ToolOutput> {
  const { channel, conversation, answer, round } = run
  const tool = run.tools.find(({ name }) => name === call.toolName)
  if (!tool) return failed('There is no such tool.')
  if (typeof call.input !== 'object' || call.input === null) return failed('The arguments are no JSON object.')
  const body = JSON.stringify({
    type: 'tool_call',
    timestamp: new Date().toISOString(),
    data: { tool: tool.name, arguments: call.input, conversation: conversation.id, phone: conversation.phone, channel: channel.id },
  })
  const secret = await openSecretOf(parts, tool)
  if (!secret) return noteFailed('its secret does not open')
  try {
    const headers = await webhookHeaders({ id: `${answer.id}.${round}.${index}`, body, secret })
    const { status, text, isCut } = await postToPublic(tool.url, { headers, body, allowsLocal: parts.allowsLocalTools, timeoutMs })
    const said = text.trim() === '' ? '(nothing)' : `${asData(`tool ${tool.name}`, text)}${isCut ? '\n(cut off here)' : ''}`
    if (status >= 200 && status < 300) return { type: 'text', value: said }
    return noteFailed(describeStatus(status), said)
  } catch (error) {
    return noteFailed(toDeliveryError(error).message)
  }

  function noteFailed(why: string, said?: string): ToolOutput {
    parts.log.warn(`[WhatsApp] ${channel.clientSlug}: the tool ${tool?.name} failed: ${why}`)
    return failed(`The tool failed: ${why}${said === undefined ? '' : `\n${said}`}`)
  }
}

/** Undefined where it does not open. Rejects while our own database is away: unlike a tool that is, this passes. */
async function openSecretOf({ vault }: Pick<AnswerParts, 'vault'>, { name, secret_id }: ToolRow): Promise<Secret | undefined> {
  try {
    return await vault.read(secret_id, `secret of the tool ${name}`)
  } catch (error) {
    if (isConnectionError(error)) throw error
    return undefined
  }
}

function failed(value: string): ToolOutput {
  return { type: 'error-text', value }
}
