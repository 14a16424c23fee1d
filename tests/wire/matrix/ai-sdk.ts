import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  embedMany,
  generateImage,
  generateSpeech,
  generateText,
  jsonSchema,
  type LanguageModel,
  Output,
  streamText,
  tool,
  transcribe,
} from 'ai'
import { z } from 'zod'
import { silentWav } from '../../../src/emulator/index.ts'
import { assert, assertCalls, assertWeather, type Caller, leave, png, prompts, statusOf, weather } from './flows.ts'

function textFlows(modelOf: (model: string) => LanguageModel): Caller['flows'] {
  const inputSchema = z.object({ cidade: z.string() })
  const callsOf = async (model: string, prompt: string) => {
    const { toolCalls } = await generateText({
      model: modelOf(model),
      prompt,
      tools: { clima: tool({ inputSchema }), hora: tool({ inputSchema }) },
      maxRetries: 0,
    })
    return toolCalls.map(({ toolName, input }) => ({ name: toolName, args: input }))
  }
  return {
    async chat(model) {
      const { text, usage } = await generateText({ model: modelOf(model), prompt: prompts.chat, maxRetries: 0 })
      assert(text && (usage.totalTokens ?? 0) > 0, 'no text or no usage')
    },
    async stream(model) {
      const { text, usage } = streamText({ model: modelOf(model), prompt: prompts.chat, maxRetries: 0 })
      assert((await text) && ((await usage).totalTokens ?? 0) > 0, 'no text or no usage')
    },
    tools: async (model) => assertCalls(await callsOf(model, prompts.tool), ['clima']),
    'parallel tools': async (model) => assertCalls(await callsOf(model, prompts.tools), ['clima', 'hora']),
    async 'structured output'(model) {
      const output = Output.object({ schema: jsonSchema(weather) })
      assertWeather((await generateText({ model: modelOf(model), prompt: prompts.chat, output, maxRetries: 0 })).output)
    },
    async vision(model) {
      const content = [
        { type: 'text' as const, text: prompts.see },
        { type: 'image' as const, image: Buffer.from(png, 'base64'), mediaType: 'image/png' },
      ]
      assert((await generateText({ model: modelOf(model), messages: [{ role: 'user', content }], maxRetries: 0 })).text, 'no text')
    },
    async error(model) {
      assert((await statusOf(generateText({ model: modelOf(model), prompt: prompts.refuse, maxRetries: 0 }))) === 400, 'not a 400')
    },
    async abort(model) {
      const controller = new AbortController()
      const { textStream } = streamText({ model: modelOf(model), prompt: prompts.long, abortSignal: controller.signal, maxRetries: 0 })
      await leave(textStream, controller)
    },
  }
}

export function aiSdkOpenai(url: string, apiKey: string): Caller {
  const provider = createOpenAI({ apiKey, baseURL: `${url}/v1` })
  return {
    name: '@ai-sdk/openai',
    flows: {
      ...textFlows((model) => provider(model)),
      async embeddings(model) {
        assert(
          (await embedMany({ model: provider.embedding(model), values: ['oi', 'olá'], maxRetries: 0 })).embeddings.length === 2,
          'no vectors',
        )
      },
      async transcription(model) {
        assert((await transcribe({ model: provider.transcription(model), audio: silentWav(44_100), maxRetries: 0 })).text, 'no text')
      },
      async speech(model) {
        const { audio } = await generateSpeech({ model: provider.speech(model), text: 'Bom dia!', maxRetries: 0 })
        assert(audio.uint8Array.byteLength > 0, 'no sound')
      },
      async images(model) {
        const { images } = await generateImage({ model: provider.image(model), prompt: 'uma catraca', maxRetries: 0 })
        assert(images.length === 1, 'no picture')
      },
    },
  }
}

export function aiSdkAnthropic(url: string, apiKey: string): Caller {
  const provider = createAnthropic({ apiKey, baseURL: `${url}/v1` })
  return { name: '@ai-sdk/anthropic', flows: textFlows((model) => provider(model)) }
}

export function aiSdkCompatible(url: string, apiKey: string): Caller {
  const provider = createOpenAICompatible({
    name: 'catraca',
    apiKey,
    baseURL: `${url}/v1`,
    supportsStructuredOutputs: true,
    includeUsage: true,
  })
  return { name: '@ai-sdk/openai-compatible', flows: textFlows((model) => provider(model)) }
}
