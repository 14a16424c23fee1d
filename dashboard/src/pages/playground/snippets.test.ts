import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { curlOf, sdkOf } from './snippets.ts'

const request = {
  model: 'openai/gpt-4o-mini',
  messages: [{ role: 'user' as const, content: 'Diga "olá" à padaria d\'água, por $HOME e `ls` \\ fim' }],
  max_tokens: 50,
}

it('says to a shell exactly what was asked', () => {
  const curl = curlOf('https://gateway.example', request)
  const echo = `curl() { while [ $# -gt 0 ]; do if [ "$1" = -d ]; then printf %s "$2"; fi; shift; done; }\n${curl}`
  const body = execFileSync('sh', ['-c', echo], { encoding: 'utf8' })
  expect(JSON.parse(body)).toEqual({ ...request, stream: true })
  expect(curl).toContain('https://gateway.example/v1/chat/completions')
})

it('never holds a key', () => {
  for (const text of [curlOf('http://x', request), sdkOf('http://x', request)]) expect(text).not.toMatch(/(?:ctk|sk)[-_]\w/)
})
