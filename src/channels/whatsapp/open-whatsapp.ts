import { type Database, isConnectionError } from '../../database/index.ts'
import type { Sender } from '../../notifications/index.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Log } from '../../shared/log.ts'
import type { Vault } from '../../vault/index.ts'
import { alertSender } from './alert-sender.ts'
import { answerConversation } from './answer-conversation.ts'
import { ChannelDirectory } from './channel-directory.ts'
import { GraphClient, type GraphOptions } from './graph-client.ts'
import { isQueueUnready } from './is-queue-unready.ts'
import type { AskModel, Transcribe } from './parts.ts'
import { createReceiver, type Receiver } from './receive.ts'
import { queueStranded } from './sql/queue-stranded.ts'
import { rescue } from './sql/rescue.ts'

const defaultLeaseMs = 30_000
const mostRescueMs = 5_000

export interface WhatsAppOptions {
  /** As the gateway's own role. */
  database: Database
  vault: Pick<Vault, 'read'>
  graph: GraphOptions
  askModel: AskModel
  transcribe: Transcribe
  /** Whether a tool may be on a loopback host: for development and tests. */
  allowsLocalTools: boolean
  clock: Clock
  log: Log
  /** After so long without a sign a process that was answering is taken for dead. Default 30 s. */
  leaseMs?: number | undefined
  /** Answers the conversations of `catraca whatsapp simulate`, and no others. */
  isSimulation?: boolean | undefined
}

/** What the queue runs, by name: the shape of graphile-worker's tasks. */
export type ChannelTasks = Record<
  string,
  (payload: unknown, helpers: { abortSignal: AbortSignal; abortPromise: Promise<void> }) => Promise<void>
>

export interface WhatsApp {
  receiver: Receiver
  tasks: ChannelTasks
  /** Sends alerts by the numbers that are connected. */
  sendAlert: Sender
  /** Stops looking after others' jobs. */
  stop(): Promise<void>
}

/** The WhatsApp Cloud API channel: takes deliveries in, and answers them by jobs through the pipeline. */
export function openWhatsApp(options: WhatsAppOptions): WhatsApp {
  const { database, log, leaseMs = defaultLeaseMs } = options
  const channels = new ChannelDirectory(options)
  const parts = { ...options, channels, graph: new GraphClient(options.graph), leaseMs }
  const watch = watchOver(database, log, leaseMs)
  return {
    receiver: createReceiver({ database, channels, log }),
    tasks: {
      async [options.isSimulation ? 'whatsapp_answer_simulated' : 'whatsapp_answer'](payload, { abortSignal, abortPromise }) {
        const id = conversationIn(payload)
        // At shutdown an answer that takes long is left to another process, which gets the same one for the same charge.
        if (id !== undefined) await Promise.race([answerConversation(parts, id, abortSignal), abortPromise])
      },
    },
    sendAlert: alertSender(parts),
    stop: () => watch.stop(),
  }
}

function conversationIn(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null || !('conversation_id' in payload)) return undefined
  return typeof payload.conversation_id === 'string' ? payload.conversation_id : undefined
}

/** graphile-worker would leave the jobs of a process that was killed locked for four hours. */
function watchOver(database: Database, log: Log, leaseMs: number): { stop(): Promise<void> } {
  let looking: Promise<void> | undefined
  const look = async () => {
    try {
      const dead = await rescue(database, leaseMs)
      if (dead > 0) log.warn(`[WhatsApp] took over the conversations of ${dead} ${dead === 1 ? 'process' : 'processes'} that died`)
      await queueStranded(database)
    } catch (error) {
      // Before the queue's first start its tables are not there.
      if (!isConnectionError(error) && !isQueueUnready(error))
        log.error('[WhatsApp] abandoned conversations could not be looked for', error)
    }
  }
  const timer = setInterval(
    () => {
      looking ??= look().finally(() => {
        looking = undefined
      })
    },
    Math.min(leaseMs, mostRescueMs),
  )
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}
