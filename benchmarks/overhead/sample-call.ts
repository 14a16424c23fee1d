/** The call that every round makes: what a chat application sends, 1.2 kB, without an output limit of its own. */
const messages = [
  {
    role: 'system',
    content: `Você atende clientes de uma loja. ${'Responda em poucas frases, com cortesia e sem inventar preços. '.repeat(14)}`,
  },
  { role: 'user', content: 'Olá! Vocês entregam em São Paulo amanhã? Preciso de três caixas de café e de um coador de pano 🙂' },
]
export const wholeCall = Buffer.from(JSON.stringify({ model: 'openai/gpt-4o-mini', temperature: 0.7, messages }))
export const streamedCall = Buffer.from(JSON.stringify({ model: 'openai/gpt-4o-mini', temperature: 0.7, stream: true, messages }))

/** The same call of what another gateway calls the model. */
export function withModel(body: Buffer, model: string): Buffer {
  return Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), model }))
}

/** Pieces of text in a streamed answer. */
export const chunksAStream = 50

const usage = {
  prompt_tokens: 260,
  completion_tokens: chunksAStream,
  total_tokens: 260 + chunksAStream,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
}
const answer = { id: 'chatcmpl-bench', created: 1_790_000_000, model: 'gpt-4o-mini-2024-07-18', system_fingerprint: 'fp_bench' }

export const wholeAnswer = Buffer.from(
  JSON.stringify({
    ...answer,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Entregamos, sim. '.repeat(12), refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
    service_tier: 'default',
  }),
)

/** As OpenAI sends them: the role, the pieces of text, the finish reason, the usage that the gateway asks for, the end. */
export const streamedFrames: readonly Buffer[] = [
  chunk({ role: 'assistant', content: '', refusal: null }, null),
  ...Array.from({ length: chunksAStream }, () => chunk({ content: ' café' }, null)),
  chunk({}, 'stop'),
  frame({ ...answer, object: 'chat.completion.chunk', choices: [], usage }),
  Buffer.from('data: [DONE]\n\n'),
]

function chunk(delta: object, finishReason: string | null): Buffer {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }]
  return frame({ ...answer, object: 'chat.completion.chunk', service_tier: 'default', choices, usage: null })
}

function frame(body: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(body)}\n\n`)
}
