import Anthropic from '@anthropic-ai/sdk'
import Groq from 'groq-sdk'
import OpenAI, { toFile } from 'openai'
import { silentWav } from '../../../src/emulator/index.ts'
import { assert, assertCalls, assertWeather, type Caller, leave, place, png, prompts, statusOf, weather } from './flows.ts'

const toolNames = ['clima', 'hora']
const parse = (text: string): unknown => JSON.parse(text)

/** `openai` and `groq-sdk` have the same chat; each is called through its own types. */
function chatFlows(client: Pick<OpenAI, 'chat'>): Caller['flows'] {
  const tools = toolNames.map((name) => ({ type: 'function' as const, function: { name, parameters: place } }))
  const ask = (content: string) => [{ role: 'user' as const, content }]
  const callsOf = async (model: string, content: string) => {
    const { choices } = await client.chat.completions.create({ model, messages: ask(content), tools })
    const calls = choices[0]?.message.tool_calls ?? []
    return calls.flatMap((call) => (call.type === 'function' ? [{ name: call.function.name, args: parse(call.function.arguments) }] : []))
  }
  return {
    async chat(model) {
      const { choices, usage } = await client.chat.completions.create({ model, messages: ask(prompts.chat) })
      assert(choices[0]?.message.content && usage && usage.total_tokens > 0, 'no text or no usage')
    },
    async stream(model) {
      const stream = await client.chat.completions.create({
        model,
        messages: ask(prompts.chat),
        stream: true,
        stream_options: { include_usage: true },
      })
      let [text, total] = ['', 0]
      for await (const { choices, usage } of stream) {
        text += choices[0]?.delta.content ?? ''
        total = usage?.total_tokens ?? total
      }
      assert(text !== '' && total > 0, 'no text or no usage')
    },
    tools: async (model) => assertCalls(await callsOf(model, prompts.tool), ['clima']),
    'parallel tools': async (model) => assertCalls(await callsOf(model, prompts.tools), toolNames),
    async 'structured output'(model) {
      const format = { type: 'json_schema' as const, json_schema: { name: 'tempo', schema: weather, strict: true } }
      const { choices } = await client.chat.completions.create({ model, messages: ask(prompts.chat), response_format: format })
      assertWeather(parse(choices[0]?.message.content ?? ''))
    },
    async vision(model) {
      const content = [
        { type: 'text' as const, text: prompts.see },
        { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${png}` } },
      ]
      const { choices } = await client.chat.completions.create({ model, messages: [{ role: 'user', content }] })
      assert(choices[0]?.message.content, 'no text')
    },
    async error(model) {
      assert((await statusOf(client.chat.completions.create({ model, messages: ask(prompts.refuse) }))) === 400, 'not a 400')
    },
    async abort(model) {
      const controller = new AbortController()
      const stream = await client.chat.completions.create(
        { model, messages: ask(prompts.long), stream: true },
        { signal: controller.signal },
      )
      await leave(stream, controller)
    },
  }
}

export function openaiSdk(url: string, apiKey: string): Caller {
  const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 })
  return {
    name: 'openai (chat)',
    flows: {
      ...chatFlows(client),
      async embeddings(model) {
        const { data } = await client.embeddings.create({ model, input: ['oi', 'olá'] })
        assert(data.length === 2 && (data[0]?.embedding.length ?? 0) > 0, 'no vectors')
      },
      async transcription(model) {
        const file = await toFile(silentWav(44_100), 'oi.wav', { type: 'audio/wav' })
        assert((await client.audio.transcriptions.create({ model, file })).text, 'no text')
      },
      async speech(model) {
        const sound = await client.audio.speech.create({ model, voice: 'alloy', input: 'Bom dia!' })
        assert((await sound.arrayBuffer()).byteLength > 0, 'no sound')
      },
      async images(model) {
        const { data } = await client.images.generate({ model, prompt: 'uma catraca' })
        assert(data?.[0]?.b64_json ?? data?.[0]?.url, 'no picture')
      },
    },
  }
}

export function groqSdk(url: string, apiKey: string): Caller {
  const client = new Groq({ apiKey, baseURL: url, maxRetries: 0 })
  // Its calls go to /openai/v1, where Groq itself has them; what it sends is OpenAI's chat.
  return { name: 'groq-sdk', flows: chatFlows(client as unknown as OpenAI) }
}

export function openaiResponses(url: string, apiKey: string): Caller {
  const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 })
  const tools = toolNames.map((name) => ({ type: 'function' as const, name, parameters: place, strict: true }))
  const callsOf = async (model: string, input: string) => {
    const { output } = await client.responses.create({ model, input, tools })
    return output.flatMap((item) => (item.type === 'function_call' ? [{ name: item.name, args: parse(item.arguments) }] : []))
  }
  return {
    name: 'openai (responses)',
    flows: {
      async chat(model) {
        const { output_text, usage } = await client.responses.create({ model, input: prompts.chat })
        assert(output_text && usage && usage.total_tokens > 0, 'no text or no usage')
      },
      async stream(model) {
        const final = await client.responses.stream({ model, input: prompts.chat }).finalResponse()
        assert(final.output_text && final.usage, 'no text or no usage')
      },
      tools: async (model) => assertCalls(await callsOf(model, prompts.tool), ['clima']),
      'parallel tools': async (model) => assertCalls(await callsOf(model, prompts.tools), toolNames),
      async 'structured output'(model) {
        const format = { type: 'json_schema' as const, name: 'tempo', schema: weather, strict: true }
        assertWeather(parse((await client.responses.create({ model, input: prompts.chat, text: { format } })).output_text))
      },
      async vision(model) {
        const content = [
          { type: 'input_text' as const, text: prompts.see },
          { type: 'input_image' as const, image_url: `data:image/png;base64,${png}`, detail: 'auto' as const },
        ]
        assert((await client.responses.create({ model, input: [{ role: 'user', content }] })).output_text, 'no text')
      },
      async error(model) {
        assert((await statusOf(client.responses.create({ model, input: prompts.refuse }))) === 400, 'not a 400')
      },
      async abort(model) {
        const controller = new AbortController()
        await leave(await client.responses.create({ model, input: prompts.long, stream: true }, { signal: controller.signal }), controller)
      },
    },
  }
}

export function anthropicSdk(url: string, apiKey: string): Caller {
  const client = new Anthropic({ apiKey, baseURL: url, maxRetries: 0 })
  const tools = toolNames.map((name) => ({ name, input_schema: place }))
  const ask = (model: string, content: string) => ({ model, max_tokens: 1_000, messages: [{ role: 'user' as const, content }] })
  const callsOf = async (model: string, content: string) => {
    const message = await client.messages.create({ ...ask(model, content), tools })
    return message.content.flatMap((block) => (block.type === 'tool_use' ? [{ name: block.name, args: block.input }] : []))
  }
  const textOf = ({ content }: Anthropic.Message) => content.map((block) => (block.type === 'text' ? block.text : '')).join('')
  return {
    name: '@anthropic-ai/sdk',
    flows: {
      async chat(model) {
        const message = await client.messages.create(ask(model, prompts.chat))
        assert(textOf(message) && message.usage.output_tokens > 0, 'no text or no usage')
      },
      async stream(model) {
        const message = await client.messages.stream(ask(model, prompts.chat)).finalMessage()
        assert(textOf(message) && message.usage.output_tokens > 0, 'no text or no usage')
      },
      tools: async (model) => assertCalls(await callsOf(model, prompts.tool), ['clima']),
      'parallel tools': async (model) => assertCalls(await callsOf(model, prompts.tools), toolNames),
      async vision(model) {
        const source = { type: 'base64' as const, media_type: 'image/png' as const, data: png }
        const content = [
          { type: 'text' as const, text: prompts.see },
          { type: 'image' as const, source },
        ]
        const message = await client.messages.create({ model, max_tokens: 1_000, messages: [{ role: 'user', content }] })
        assert(textOf(message), 'no text')
      },
      async error(model) {
        assert((await statusOf(client.messages.create(ask(model, prompts.refuse)))) === 400, 'not a 400')
      },
      async abort(model) {
        const controller = new AbortController()
        const stream = await client.messages.create({ ...ask(model, prompts.long), stream: true }, { signal: controller.signal })
        await leave(stream, controller)
      },
    },
  }
}
