import { join } from 'node:path'
import { inspectSpool, type SpoolState } from '../../ledger/index.ts'
import { byHand, type CheckResult, fail, pass } from './check.ts'
import type { DoctorPlace, OwnCheck } from './own-check.ts'

export const checkSpool: OwnCheck = {
  name: 'Spool',
  whenSilent: 'does the disk of CATRACA_DATA_DIR answer? A disk of the machine itself serves best',
  async run(place) {
    const dir = join(place.config.dataDir, 'spool')
    const state = await inspectSpool(dir, { maxBytes: place.config.spoolMaxBytes, database: place.store.owner })
    return [['Spool', judge(state, place)]]
  },
}

/** The records of served calls, on their way to the database. */
function judge(state: SpoolState, { config: { spoolMaxBytes: maxBytes }, gatewayUrl }: DoctorPlace): CheckResult {
  const { waiting, isMore, bytes, free, shortage, unwritable } = state
  const room = free === undefined ? '' : `, ${size(free)} free`
  const found = `${isMore ? 'at least ' : ''}${waiting} ${waiting === 1 ? 'record waits' : 'records wait'}; ${size(bytes)} of ${size(maxBytes)}${room}`
  if (unwritable !== undefined) {
    return fail(
      `cannot be written: ${unwritable}: a gateway here cannot start or refuses calls`,
      'give its user the right to write there, or set CATRACA_DATA_DIR',
    )
  }
  if (shortage !== undefined) return fail(`${shortage}: new calls are refused; ${found}`, 'free that disk, or raise CATRACA_SPOOL_MAX_MB')
  if (waiting > 0 && gatewayUrl === undefined) return byHand(`${found}: they are booked when a gateway starts here`, 'npx catraca up')
  if (bytes > maxBytes / 2)
    return byHand(`${found}: full, it refuses new calls`, 'does the database answer the gateway? Its log says why nothing is booked')
  if (free !== undefined && free < maxBytes - bytes) {
    return byHand(`${found}: the disk is full before its limit is`, 'free that disk, or lower CATRACA_SPOOL_MAX_MB to what it has')
  }
  return pass(found)
}

function size(bytes: number): string {
  const megabytes = bytes / 1024 / 1024
  return megabytes < 10_240 ? `${megabytes.toFixed(1)} MB` : `${Math.floor(megabytes / 1024)} GB`
}
