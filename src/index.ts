import {
  type CallAI,
  createCallAI,
  createEmbedAI,
  createGenerateImageAI,
  createGenerateObjectAI,
  createSpeakAI,
  createStreamAI,
  createTranscribeAI,
  type EmbedAI,
  type GenerateImageAI,
  type GenerateObjectAI,
  type SpeakAI,
  type StreamAI,
  type TranscribeAI,
} from './library/index.ts'
import { libraryContext } from './library-context.ts'

export type {
  AiAccount,
  AiCallArguments,
  AiCost,
  AiResult,
  AiStream,
  AiUsage,
  ClientConfig,
  EmbedArguments,
  EmbedResult,
  GenerateImageArguments,
  GenerateImageResult,
  KindArguments,
  SpeakArguments,
  SpeakResult,
  TranscribeArguments,
  TranscribeResult,
} from './library/index.ts'
export {
  AuthenticationError,
  BudgetExceededError,
  ConfigurationError,
  type ErrorCode,
  GatewayError,
  IdempotencyError,
  InvalidRequestError,
  InvariantError,
  LedgerUnavailableError,
  PermissionError,
  RateLimitedError,
  UpstreamBrokenError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
} from './shared/errors.ts'

/**
 * One answer for one client, metered and held to the client's budgets. Resolves when the call is settled. Rejects with a GatewayError:
 * BudgetExceededError when a hard budget does not cover the call.
 *
 * @example
 * const { text, cost } = await callAI({ clientId, clientConfig, messages: [{ role: 'user', content: 'Oi' }] })
 */
export const callAI: CallAI = async (call) => createCallAI(await libraryContext())(call)

/**
 * The same, as a real stream. Resolves at once; a refusal ends `textStream` with its GatewayError.
 *
 * @example
 * const { textStream, account } = await streamAI({ clientId, messages })
 * for await (const piece of textStream) process.stdout.write(piece)
 * console.log((await account).cost.brl)
 */
export const streamAI: StreamAI = async (call) => createStreamAI(await libraryContext())(call)

/**
 * An object that fits a zod schema, and is typed by it.
 *
 * @example
 * const { object } = await generateObjectAI({ clientId, messages, schema: z.object({ cidade: z.string() }) })
 */
export const generateObjectAI: GenerateObjectAI = async (call) => createGenerateObjectAI(await libraryContext())(call)

/**
 * Vectors of texts. Never another model's than the one that was asked for.
 *
 * @example
 * const { embeddings } = await embedAI({ clientId, model: 'openai/text-embedding-3-small', values: ['Oi', 'Olá'] })
 */
export const embedAI: EmbedAI = async (call) => createEmbedAI(await libraryContext())(call)

/**
 * What is said in a recording of at most 25 MB.
 *
 * @example
 * const { text } = await transcribeAI({ clientId, model: 'openai/whisper-1', audio: await readFile('fala.ogg'), language: 'pt' })
 */
export const transcribeAI: TranscribeAI = async (call) => createTranscribeAI(await libraryContext())(call)

/**
 * A text, spoken.
 *
 * @example
 * const { audio, mediaType } = await speakAI({ clientId, model: 'openai/tts-1', text: 'Bom dia!' })
 */
export const speakAI: SpeakAI = async (call) => createSpeakAI(await libraryContext())(call)

/**
 * Pictures.
 *
 * @example
 * const { images } = await generateImageAI({ clientId, model: 'openai/gpt-image-1', prompt: 'uma catraca' })
 */
export const generateImageAI: GenerateImageAI = async (call) => createGenerateImageAI(await libraryContext())(call)
