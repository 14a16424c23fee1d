import type { Ask } from './ask.ts'
import { lastUserText } from './ask.ts'
import { countPromptTokens, splitJson, splitWords } from './count-tokens.ts'
import type { Fault, UsageFault } from './fault.ts'
import { withoutMarkers } from './fault-book.ts'
import { fitSchema } from './fit-schema.ts'
import type { CachedPrompt } from './prompt-cache.ts'

/** What goes out in one chunk, and the tokens it costs. */
export interface Piece {
  text: string
  tokens: number
}

export interface ToolCall {
  name: string
  /** The arguments' JSON in pieces; naming the tool costs one token more, with the first. */
  pieces: Piece[]
}

export interface AnswerUsage {
  /** All of the prompt, cached and written parts included. */
  inputTokens: number
  cachedTokens: number
  cacheWriteTokens: number
  cacheWriteFor: '5m' | '1h'
  /** All that was generated, thinking included. */
  outputTokens: number
  reasoningTokens: number
}

export interface Answer {
  pieces: Piece[]
  toolCalls: ToolCall[]
  finish: 'stop' | 'length' | 'tools'
  reasoningTokens: number
  usage: AnswerUsage
}

/** The one answer to a prompt: the same prompt gets the same answer, from every provider. */
export function makeAnswer(ask: Ask, fault: Fault, cached: CachedPrompt): Answer {
  const limit = ask.maxTokens ?? Number.POSITIVE_INFINITY
  const reasoningTokens = Math.min(fault.reasoningTokens ?? ask.reasoningTokens, limit)
  const names = fault.chunks === undefined ? toolsToCall(ask) : []
  const budget = { tokens: limit - reasoningTokens, exhausted: false }
  const toolCalls = names.map((name) => callTool(ask, name, budget)).filter((call) => call !== undefined)
  const pieces = names.length > 0 ? [] : group(take(words(ask, fault), budget), fault.tokensPerChunk ?? 1)
  const outputTokens = reasoningTokens + sum(pieces) + toolCalls.reduce((total, call) => total + 1 + sum(call.pieces), 0)
  return {
    pieces,
    toolCalls,
    finish: budget.exhausted ? 'length' : toolCalls.length > 0 ? 'tools' : 'stop',
    reasoningTokens,
    usage: {
      inputTokens: countPromptTokens(ask),
      cachedTokens: fault.cachedTokens ?? cached.readTokens,
      cacheWriteTokens: fault.cacheWriteTokens ?? cached.writeTokens,
      cacheWriteFor: cached.writeFor,
      outputTokens: outputTokens * ask.choices,
      reasoningTokens: reasoningTokens * ask.choices,
    },
  }
}

/** What the wire says was used; undefined when a fault leaves it out. */
export function reportUsage(usage: AnswerUsage, fault: UsageFault | undefined): AnswerUsage | undefined {
  if (fault === undefined) return usage
  if (fault === 'none') return undefined
  if (fault === 'negative') return { ...usage, inputTokens: -usage.inputTokens, outputTokens: -usage.outputTokens }
  if (fault === 'absurd') return { ...usage, inputTokens: 1_000_000_000_000, outputTokens: 1_000_000_000_000 }
  if ('scale' in fault) {
    const { inputTokens, outputTokens } = usage
    return { ...usage, inputTokens: Math.ceil(inputTokens * fault.scale), outputTokens: Math.ceil(outputTokens * fault.scale) }
  }
  const { inputTokens, outputTokens } = fault
  return {
    ...usage,
    inputTokens,
    outputTokens,
    cachedTokens: Math.min(usage.cachedTokens, inputTokens),
    reasoningTokens: Math.min(usage.reasoningTokens, outputTokens),
  }
}

interface Budget {
  tokens: number
  exhausted: boolean
}

function take(texts: string[], budget: Budget): string[] {
  const taken = texts.slice(0, budget.tokens)
  if (taken.length < texts.length) budget.exhausted = true
  budget.tokens -= taken.length
  return taken
}

function group(texts: string[], size: number): Piece[] {
  if (size <= 1) return texts.map((text) => ({ text, tokens: 1 }))
  const pieces: Piece[] = []
  for (let start = 0; start < texts.length; start += size) {
    const part = texts.slice(start, start + size)
    pieces.push({ text: part.join(''), tokens: part.length })
  }
  return pieces
}

function sum(pieces: Piece[]): number {
  return pieces.reduce((total, piece) => total + piece.tokens, 0)
}

function callTool(ask: Ask, name: string, budget: Budget): ToolCall | undefined {
  if (budget.tokens < 1) {
    budget.exhausted = true
    return undefined
  }
  budget.tokens -= 1
  const schema = ask.tools.find((tool) => tool.name === name)?.schema ?? { type: 'object' }
  return { name, pieces: group(take(splitJson(JSON.stringify(fitSchema(schema))), budget), 1) }
}

/**
 * Tools are called when the caller forces it, or when the prompt says `use tool NAME` (or "use a ferramenta NAME"); twice in a row only where
 * it says `again and again`.
 */
function toolsToCall(ask: Ask): string[] {
  const [first] = ask.tools
  if (first === undefined || ask.toolChoice === 'none') return []
  // Only the beginning is read for instructions: a prompt may have megabytes.
  const prompt = withoutMarkers(lastUserText(ask)).slice(0, 4000)
  if (ask.messages.at(-1)?.role === 'tool' && !prompt.includes('again and again')) return []
  if (typeof ask.toolChoice === 'object') return [ask.toolChoice.name]
  if (/\b(?:use|call|usar|chame)\b.*\b(?:tools?|ferramentas?)\b/isu.test(prompt)) {
    const named = ask.tools
      .map((tool) => ({ name: tool.name, at: prompt.indexOf(tool.name) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name)
    return named.length === 0 ? [first.name] : named.slice(0, ask.parallelTools ? named.length : 1)
  }
  return ask.toolChoice === 'required' ? [first.name] : []
}

function words(ask: Ask, fault: Fault): string[] {
  if (fault.chunks !== undefined) return countedWords(fault.chunks * (fault.tokensPerChunk ?? 1))
  if (ask.json !== undefined) return splitJson(JSON.stringify(jsonAnswer(ask.json.schema)))
  return textAnswer(ask)
}

function jsonAnswer(schema: unknown): unknown {
  return schema === undefined ? { resposta: 'demonstração', ok: true } : fitSchema(schema)
}

function textAnswer(ask: Ask): string[] {
  const last = ask.messages.at(-1)
  const prompt = withoutMarkers(lastUserText(ask))
  const portuguese = isPortuguese(prompt)
  if (last?.role === 'tool') return splitWords(portuguese ? `A ferramenta respondeu: ${last.text}` : `The tool answered: ${last.text}`)
  const counted = /reply with (\d+) words?/i.exec(prompt)
  if (counted !== null) return countedWords(Number(counted[1]))
  if (/hello,? world/i.test(prompt) && /portugu/i.test(prompt)) return ['Olá', ' Mundo']
  const quote = prompt.length > 80 ? `${prompt.slice(0, 79).trimEnd()}…` : prompt
  return splitWords(
    portuguese
      ? `Demonstração da catraca 🎟️: recebi “${quote}” e contei cada token, mas quem responde aqui é o emulador, não um modelo.`
      : `This is the catraca demo 🎟️ (demonstração): I got “${quote}” and counted every token, but the emulator answers here, not a model.`,
  )
}

// Accents and an emoji on purpose: chunk boundaries in the middle of a character are where gateways break.
const countedReply = ['uma', ' ação', ' não', ' é', ' só', ' coração', ' 🎟️', ' à', ' mão', ' três']
const maxWords = 200_000

function countedWords(count: number): string[] {
  return Array.from({ length: Math.min(count, maxWords) }, (_, index) =>
    index === 0 ? 'uma' : (countedReply[index % countedReply.length] ?? '').replace(/^(?! )/, ' '),
  )
}

function isPortuguese(text: string): boolean {
  return /[ãõçáéíóúâêô]/iu.test(text) || /\b(?:que|uma?|para|você|diga|qual|como|por|os?|das?|dos|meu|minha|responda|oi)\b/iu.test(text)
}
