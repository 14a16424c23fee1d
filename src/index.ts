import { type CallAI, createCallAI, createStreamAI, type StreamAI } from './library/index.ts'
import { libraryContext } from './library-context.ts'

export type { AiAccount, AiCallArguments, AiCost, AiResult, AiStream, AiUsage, ClientConfig } from './library/index.ts'
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
