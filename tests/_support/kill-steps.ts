import { GroupReserve } from '../../src/ledger/group-reserve.ts'
import { Spool } from '../../src/ledger/spool.ts'

/** Where along a call's way a gateway process can be told to kill itself (`CATRACA_TEST_KILL_AT`), in order. */
export const killSteps = ['reserved', 'before the record', 'on disk', 'booked', 'cleared'] as const
export type KillStep = (typeof killSteps)[number]

/** From the n-th time on that a call comes to the step: kill -9, by the process itself, so that not one instruction comes after it. */
export function killAt(step: KillStep, nth: number): void {
  let times = 0
  const arrive = () => {
    times += 1
    if (times >= nth) process.kill(process.pid, 'SIGKILL')
  }
  const { reserve } = GroupReserve.prototype
  const { append, booked } = Spool.prototype
  if (step === 'reserved') {
    GroupReserve.prototype.reserve = async function (request) {
      const admission = await reserve.call(this, request)
      arrive()
      return admission
    }
  }
  Spool.prototype.append = async function (text) {
    if (step === 'before the record') arrive()
    const entry = await append.call(this, text)
    if (step === 'on disk') arrive()
    return entry
  }
  Spool.prototype.booked = async function (records) {
    for (let n = 0; n < records && step === 'booked'; n += 1) arrive()
    await booked.call(this, records)
    for (let n = 0; n < records && step === 'cleared'; n += 1) arrive()
  }
}
