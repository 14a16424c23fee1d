import type { Config } from '../../config/index.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Store } from '../open-store.ts'
import type { CheckResult } from './check.ts'

/** What our own checks look at. */
export interface DoctorPlace {
  store: Pick<Store, 'owner' | 'gateway' | 'vault'>
  config: Config
  /** What leaves this machine may be asked. */
  isOnline: boolean
  /** Somebody asked for it and waits: what takes the processor a moment may be looked at. */
  isThorough: boolean
  /** Where the gateway answers, if it does. */
  gatewayUrl: string | undefined
  clock: Clock
  /** A group that has not answered by then says so. */
  limitMs: number
}

export type NamedResult = [name: string, result: CheckResult]

/** A group of checks about one thing, and what to look at where it does not answer. */
export interface OwnCheck {
  /** Stands for the group where it does not answer. */
  name: string
  whenSilent: string
  run(place: DoctorPlace): Promise<NamedResult[]>
}

export const whenDatabaseSilent = `is it overloaded, or does somebody hold a lock? npx catraca sql -c "select pid, state, wait_event_type, query from pg_stat_activity where state <> 'idle'"`
