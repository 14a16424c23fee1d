import { editMembers } from '../edit-members.ts'
import { callOverheadTokens } from '../input-overheads.ts'
import type { Kind } from '../kind.ts'
import { parseUpstreamError } from '../openai-chat/error.ts'
import { parseObject } from '../read-body.ts'
import { refuse } from '../refuse.ts'
import type { KindDialect, KindRequest } from './kind-dialect.ts'

export type Body = Readonly<Record<string, unknown>>

/** What a kind's own fields say of a request. */
export interface Demand {
  inputTokens: number
  /** What it may answer at most, for each of `choices`. */
  outputTokens: number
  choices?: number
  units?: Kind['units']
  isMeasured?: boolean
  stream?: boolean
}

export interface JsonKind {
  kind: Kind['name']
  apiType: Kind['apiType']
  /** Throws InvalidRequestError. */
  read(body: Body): Demand
  /** Called when a request names none. */
  defaultModel?: string
  createTap: KindDialect['createTap']
}

/** A kind whose request is a JSON object. */
export function jsonKind(rules: JsonKind): KindDialect {
  const parse = (raw: Buffer): KindRequest => {
    const body = parseObject(raw)
    return toRequest(rules, raw, body, rules.read(body))
  }
  return {
    name: 'openai-chat',
    kind: rules.kind,
    parse,
    rewrite: ({ body }, fields) => parse(Buffer.from(JSON.stringify({ ...body, ...fields }))),
    prepareBody({ raw, body }, { model, extra }) {
      const edits = new Map<string, unknown>(Object.entries(extra ?? {}))
      if (body.model !== model) edits.set('model', model)
      return edits.size === 0 ? raw : editMembers(raw, edits)
    },
    createTap: rules.createTap,
    parseUpstreamError,
  }
}

export function toRequest(
  { kind, apiType, defaultModel }: Pick<JsonKind, 'kind' | 'apiType' | 'defaultModel'>,
  raw: Buffer,
  body: Body,
  demand: Demand,
): KindRequest {
  return {
    dialect: 'openai-chat',
    raw,
    body,
    model: modelOf(body, defaultModel),
    stream: demand.stream ?? false,
    wantsStreamUsage: false,
    maxOutputTokens: demand.outputTokens,
    choices: demand.choices ?? 1,
    inputTokensBound: demand.inputTokens,
    hasAudio: false,
    kind: { name: kind, apiType, units: demand.units ?? {}, isMeasured: demand.isMeasured ?? false },
  }
}

const longestModelName = 256

// A client's primary model is one for chats, so there is none to take where no name is given.
function modelOf({ model }: Body, defaultModel: string | undefined): string {
  const name = model ?? defaultModel
  if (typeof name === 'string' && name !== '' && name.length <= longestModelName) return name
  throw refuse('model', 'model must be the name of a model')
}

/** Text, as tokens at the most: a token is at least one byte. */
export function textTokens(...texts: readonly (string | undefined)[]): number {
  return callOverheadTokens + texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0)
}

export function requiredText(body: Body, name: string): string {
  const value = body[name]
  if (typeof value !== 'string' || value === '') throw refuse(name, `${name} must be a text that is not empty`)
  return value
}

export function optionalText(body: Body, name: string): string | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw refuse(name, `${name} must be a text`)
  return value
}

/** Is a stream asked for, in JSON or in a form? Python's own forms write `True`, and servers take the other words as well. */
export function asksStream({ stream }: Body): boolean {
  return stream === true || (typeof stream === 'string' && /^(?:true|1|on|yes)$/i.test(stream))
}

/** Throws for a stream of a kind that is answered whole. */
export function refuseStream(body: Body, what: string): void {
  if (asksStream(body)) throw refuse('stream', `${what} are not streamed here: leave stream out`)
}
