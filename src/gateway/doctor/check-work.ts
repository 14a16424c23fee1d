import { countLostCalls } from '../../ledger/index.ts'
import { countGivenUp } from '../../notifications/index.ts'
import { errorCode } from '../../shared/error-code.ts'
import { countGivenUpJobs, type GivenUpJobs } from '../sql/count-given-up-jobs.ts'
import { byHand, type CheckResult, fail, pass } from './check.ts'
import { type OwnCheck, whenDatabaseSilent } from './own-check.ts'

const noSuchTable = '42P01'
const hours = 24
const period = `in the last ${hours} hours`
const since = `now() - interval '${hours} hours'`

/** What was lost or given up, and the command that shows it. */
export const checkLostCalls: OwnCheck = {
  name: 'Lost calls',
  whenSilent: whenDatabaseSilent,
  async run({ store }) {
    const { dead_letters: letters, orphaned } = await countLostCalls(store.owner, hours)
    return [
      ['Dead letters', judgeLetters(letters)],
      ['Orphaned calls', judgeOrphans(orphaned)],
    ]
  },
}

export const checkJobs: OwnCheck = {
  name: 'Jobs',
  whenSilent: whenDatabaseSilent,
  async run({ store }) {
    const jobs = await countGivenUpJobs(store.owner).catch((error: unknown) => {
      if (errorCode(error) === noSuchTable) return undefined
      throw error
    })
    return [['Jobs', judgeJobs(jobs)]]
  },
}

export const checkNotifications: OwnCheck = {
  name: 'Notifications',
  whenSilent: whenDatabaseSilent,
  async run({ store }) {
    const { deliveries, channels, last_error: error } = await countGivenUp(store.owner, hours)
    if (deliveries === 0) return [['Notifications', pass(`none given up ${period}`)]]
    const which = `${plural(deliveries, 'delivery', 'deliveries')} of ${plural(channels, 'channel')} given up ${period}`
    return [
      [
        'Notifications',
        byHand(
          `${which}, the last one: ${error ?? 'no reason kept'}`,
          'npx catraca notify list shows the channel; npx catraca notify test ID tries it',
        ),
      ],
    ]
  },
}

function judgeLetters(count: number): CheckResult {
  if (count === 0) return pass(`none ${period}`)
  return fail(
    `${plural(count, 'record')} could not be booked ${period}: ${count === 1 ? 'its usage is' : 'their usage is'} in no budget`,
    `npx catraca sql -c "select created_at, error, record from usage_dead_letters where created_at > ${since}"`,
  )
}

function judgeOrphans(count: number): CheckResult {
  if (count === 0) return pass(`none ${period}`)
  return byHand(
    `${plural(count, 'call')} ${period}: a process died or lost the database, and ${count === 1 ? 'it was' : 'they were'} charged at the upper bound`,
    `npx catraca sql -c "select call_id, created_at, model_name from gateway_usage_logs where status = 'orphaned' and created_at > ${since}"; npx catraca explain CALL says more`,
  )
}

function judgeJobs(jobs: readonly GivenUpJobs[] | undefined): CheckResult {
  if (jobs === undefined) return pass('no gateway has run here yet')
  if (jobs.length === 0) return pass('none given up')
  return byHand(
    `given up after the last try: ${jobs.map(({ task, jobs: count }) => `${count} of ${task}`).join(', ')}`,
    `npx catraca sql -c "select id, task_identifier, last_error from graphile_worker.jobs where attempts >= max_attempts"; again: npx catraca sql -c "select graphile_worker.reschedule_jobs('{ID}', attempts => 0)"`,
  )
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
