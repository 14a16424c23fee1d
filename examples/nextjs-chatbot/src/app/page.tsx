'use client'

import { type FormEvent, useState } from 'react'
import type { ChatLine, ChatMessage } from './chat-lines'

export default function Page() {
  const [messages, setMessages] = useState<ChatMessage[]>([])
  const [status, setStatus] = useState('')
  const [isBusy, setIsBusy] = useState(false)

  async function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const content = String(new FormData(form).get('content')).trim()
    if (content === '') return
    form.reset()
    const asked: ChatMessage[] = [...messages, { role: 'user', content }]
    setMessages(asked)
    setStatus('Escrevendo…')
    setIsBusy(true)
    try {
      let answer = ''
      for await (const line of ask(asked)) {
        if ('error' in line) setStatus(line.error)
        else if ('cost' in line) setStatus(line.cost)
        else {
          answer += line.text
          setMessages([...asked, { role: 'assistant', content: answer }])
        }
      }
    } catch {
      setStatus('Sem conexão. Tente de novo.')
    } finally {
      setIsBusy(false)
    }
  }

  return (
    <main>
      <h1>ChatBot</h1>
      <ol>
        {messages.map(({ role, content }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a conversation only grows at its end.
          <li key={index} data-role={role}>
            {content}
          </li>
        ))}
      </ol>
      <form onSubmit={send}>
        <input name="content" aria-label="Mensagem" autoComplete="off" required />
        <button type="submit" disabled={isBusy}>
          Enviar
        </button>
      </form>
      <p role="status">{status}</p>
    </main>
  )
}

async function* ask(messages: ChatMessage[]): AsyncGenerator<ChatLine> {
  const response = await fetch('/api/chat', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages }),
  })
  if (!response.ok || !response.body) throw new Error(`/api/chat answered ${response.status}`)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + read.value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as ChatLine
  }
}
