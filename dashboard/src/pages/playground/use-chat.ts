import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { ApiError } from '../../api/index.ts'
import { type ChatMessage, type ChatRequest, type ChatTokens, streamChat } from './stream-chat.ts'

/** A question and what came of it. */
export interface Turn {
  id: number
  prompt: string
  client: string
  request: ChatRequest
  state: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'
  text: string
  headers: Readonly<Record<string, string>>
  tokens?: ChatTokens
  /** Measured here, in this browser. */
  firstTextMs?: number
  totalMs?: number
  error?: ApiError
}

export interface ChatSettings {
  client: string
  model: string
  system: string
  temperature: number | undefined
  maxTokens: number | undefined
}

export interface Chat {
  turns: readonly Turn[]
  isBusy: boolean
  send(prompt: string, settings: ChatSettings): void
  stop(): void
  /** Takes a turn away and asks it again, as the settings are now. */
  retry(turn: Turn, settings: ChatSettings): void
  clear(): void
}

/** A conversation, kept as long as the page is open. */
export function useChat(): Chat {
  const queries = useQueryClient()
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const running = useRef<AbortController>(undefined)
  const nextId = useRef(1)
  useEffect(() => () => running.current?.abort(), [])

  const run = async (turn: Turn) => {
    const stop = new AbortController()
    running.current = stop
    const started = performance.now()
    const elapsed = () => performance.now() - started
    const change = (edit: (turn: Turn) => Partial<Turn>) =>
      setTurns((current) => current.map((each) => (each.id === turn.id ? { ...each, ...edit(each) } : each)))
    const listener = {
      onHeaders: (headers: Turn['headers']) => change(() => ({ headers })),
      onText: (piece: string) =>
        change(({ text, firstTextMs }) => ({ text: text + piece, state: 'streaming', firstTextMs: firstTextMs ?? elapsed() })),
      onTokens: (tokens: ChatTokens) => change(() => ({ tokens })),
    }
    try {
      await streamChat(turn.client, turn.request, listener, stop.signal)
      change(() => ({ state: 'done', totalMs: elapsed() }))
    } catch (thrown) {
      change(() =>
        stop.signal.aborted ? { state: 'stopped', totalMs: elapsed() } : { state: 'failed', totalMs: elapsed(), error: thrown as ApiError },
      )
    }
    if (running.current === stop) running.current = undefined
    void queries.invalidateQueries({ queryKey: ['usage'] })
  }

  const ask = (prompt: string, settings: ChatSettings, before: readonly Turn[]) => {
    const id = nextId.current
    nextId.current += 1
    const request = requestOf(settings, [...historyOf(before), { role: 'user', content: prompt }])
    const turn: Turn = { id, prompt, client: settings.client, request, state: 'waiting', text: '', headers: {} }
    setTurns([...before, turn])
    void run(turn)
  }

  return {
    turns,
    isBusy: turns.some(({ state }) => state === 'waiting' || state === 'streaming'),
    send: (prompt, settings) => ask(prompt, settings, turns),
    retry: (turn, settings) =>
      ask(
        turn.prompt,
        settings,
        turns.filter(({ id }) => id !== turn.id),
      ),
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort()
      setTurns([])
    },
  }
}

/** What the model is told of before. A question that was never answered is not part of it. */
function historyOf(turns: readonly Turn[]): ChatMessage[] {
  return turns
    .filter(({ text }) => text !== '')
    .flatMap(({ prompt, text }): ChatMessage[] => [
      { role: 'user', content: prompt },
      { role: 'assistant', content: text },
    ])
}

export function requestOf({ model, system, temperature, maxTokens }: ChatSettings, messages: ChatMessage[]): ChatRequest {
  return {
    model: model.trim(),
    messages: system.trim() === '' ? messages : [{ role: 'system', content: system }, ...messages],
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  }
}
