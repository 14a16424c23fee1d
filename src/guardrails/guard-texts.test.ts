import { describe, expect, it } from 'vitest'
import { type Guardrails, guardTexts } from './index.ts'

const none: Guardrails = { maskPii: [], maxInputTokens: undefined, allowedModels: undefined, blockedTerms: [], moderation: undefined }
const masking: Guardrails = { ...none, maskPii: ['cpf', 'phone'] }

describe('guardTexts', () => {
  it('masks what people and tools wrote, and nothing else', () => {
    const messages = [
      { role: 'system', content: 'Você atende a loja.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'meu CPF: 529.982.247-25' },
          { type: 'image_url', image_url: { url: 'https://x.test/52998224725.png' } },
        ],
      },
      {
        role: 'assistant',
        tool_calls: [{ id: 'call_52998224725', type: 'function', function: { name: 'find', arguments: '{"cpf":52998224725,"n":1}' } }],
      },
      { role: 'tool', tool_call_id: 'call_52998224725', content: '{"telefone":"(11) 98765-4321"}' },
    ]
    expect(guardTexts(messages, masking)).toEqual([
      messages[0],
      {
        role: 'user',
        content: [
          { type: 'text', text: 'meu CPF: [CPF]' },
          { type: 'image_url', image_url: { url: 'https://x.test/52998224725.png' } },
        ],
      },
      {
        role: 'assistant',
        tool_calls: [{ id: 'call_52998224725', type: 'function', function: { name: 'find', arguments: '{"cpf":"[CPF]","n":1}' } }],
      },
      { role: 'tool', tool_call_id: 'call_52998224725', content: '{"telefone":"[PHONE]"}' },
    ])
  })

  it('masks all of what a tool found, where the AI SDK gives it as data', () => {
    const found = (cpf: unknown) => [
      { type: 'tool-result', toolName: 'find', output: { type: 'json', value: { id: cpf, list: [{ name: cpf }] } } },
    ]
    expect(guardTexts(found('529.982.247-25'), masking)).toEqual(found('[CPF]'))
    expect(guardTexts(found(52998224725), masking)).toEqual(found('[CPF]'))
  })

  it('finds a blocked term that is written in other signs', () => {
    for (const text of ['a\u00adposta', 'apos\u200bta', 'ａｐｏｓｔａ']) {
      expect(() => guardTexts(text, { ...none, blockedTerms: ['aposta'] })).toThrow('blocked')
    }
  })

  it('gives back the very same value where there is nothing to mask', () => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'oi' }] }]
    expect(guardTexts(messages, masking)).toBe(messages)
  })

  it('masks arguments that are no text of JSON, and leaves bytes alone', () => {
    const bytes = new Uint8Array([1, 2, 3])
    const content = [
      { type: 'tool_use', id: 'toolu_1', name: 'find', input: { cpf: 52998224725 } },
      { type: 'file', data: bytes, mediaType: 'image/png' },
    ]
    expect(guardTexts(content, masking)).toEqual([{ ...content[0], input: { cpf: '[CPF]' } }, content[1]])
  })

  it('looks at everything that the blocks of anthropic-messages hold, and at nothing that is signed or bytes', () => {
    const cpf = '529.982.247-25'
    const said = (text: string) => ({
      system: [{ type: 'text', text, cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', title: text, context: text, source: { type: 'text', media_type: 'text/plain', data: text } },
            { type: 'document', source: { type: 'content', content: [{ type: 'text', text }] } },
            { type: 'search_result', source: text, title: text, content: [{ type: 'text', text }] },
            { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: cpf } },
            { type: 'image', source: { type: 'url', url: `https://x.test/${cpf}` } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: cpf, signature: cpf },
            { type: 'redacted_thinking', data: cpf },
            { type: 'tool_use', id: cpf, name: cpf, input: { id: text, name: [text], data: { status: text } } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: cpf, content: [{ type: 'text', text }] }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: cpf, content: text, is_error: true }] },
      ],
    })
    expect(guardTexts(said(cpf), masking)).toEqual(said('[CPF]'))
    const blocking = { ...none, blockedTerms: ['aposta'] }
    expect(() => guardTexts({ source: { type: 'text', data: 'uma aposta' } }, blocking)).toThrow('blocked')
  })

  it('leaves the fields of an input that is no tool’s as they are', () => {
    const said = { input: [{ type: 'message', id: '529.982.247-25', content: [{ type: 'input_text', text: 'oi' }] }] }
    expect(guardTexts(said, masking)).toBe(said)
  })

  it.each(['Compre CRIPTO já', 'aposta   online grátis', 'APOSTÁ ONLINE'])('blocks %j whatever its case, accents and spaces', (text) => {
    const guardrails = { ...none, blockedTerms: ['cripto', 'aposta online'] }
    expect(() => guardTexts([{ content: text }], guardrails)).toThrow(expect.objectContaining({ code: 'content_blocked' }))
  })

  it.each(['criptografia', 'apostas onlines', ''])('does not block %j', (text) => {
    const guardrails = { ...none, blockedTerms: ['cripto', 'aposta online', ' ', 'c++ (x'] }
    expect(guardTexts(text, guardrails)).toBe(text)
  })

  it.each([...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'])('blocks a term with %j in it, and nothing else', (mark) => {
    const guardrails = { ...none, blockedTerms: [`guarda${mark}chuva`] }
    expect(() => guardTexts(`um Guarda${mark}Chuva azul`, guardrails)).toThrow(expect.objectContaining({ code: 'content_blocked' }))
    expect(guardTexts('um guarda e uma chuva', guardrails)).toBe('um guarda e uma chuva')
  })

  it('refuses more input than the client may send, with both figures', () => {
    const guardrails = { ...none, maxInputTokens: 10 }
    expect(guardTexts('a'.repeat(40), guardrails)).toHaveLength(40)
    expect(() => guardTexts('a'.repeat(41), guardrails)).toThrow(
      expect.objectContaining({ code: 'input_too_long', details: { input_tokens: 11, max_input_tokens: 10 } }),
    )
  })
})
