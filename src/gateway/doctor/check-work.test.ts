import { runMigrations } from 'graphile-worker'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestDoctor, type TestDoctor } from '../../../tests/_support/doctor.ts'
import { addClient } from '../../../tests/_support/ledger.ts'
import { openQueuePool } from '../../database/index.ts'
import { newId } from '../../shared/id.ts'
import { checkJobs, checkLostCalls, checkNotifications } from './check-work.ts'

let doctor: TestDoctor
const query = (sql: string, params?: unknown[]) => doctor.test.database.query(sql, params)

beforeAll(async () => {
  doctor = await openTestDoctor()
})
afterAll(() => doctor.close())

/** The command that a fix names, run as SQL. */
async function runFix(fix: string | undefined): Promise<object[]> {
  const sql = /^npx catraca sql -c "([^"]+)"/.exec(fix ?? '')?.[1]
  expect(sql, fix).toBeDefined()
  return await query(sql ?? '')
}

it('counts dead letters and orphaned calls of the last day, and its commands show them', async () => {
  expect(await doctor.look(checkLostCalls)).toMatchObject([
    { name: 'Dead letters', status: 'pass', detail: 'none in the last 24 hours' },
    { name: 'Orphaned calls', status: 'pass', detail: 'none in the last 24 hours' },
  ])
  const client = await addClient(doctor.test.database)
  for (const hoursAgo of [1, 2, 25]) {
    await query(
      `insert into usage_dead_letters (call_id, record, error, created_at) values ($1, '{}', 'test', now() - make_interval(hours => $2))`,
      [newId(), hoursAgo],
    )
    await query(
      `insert into gateway_usage_logs (call_id, client_id, provider, model_name, status, created_at)
       values ($1, $2, 'openai', 'm', 'orphaned', now() - make_interval(hours => $3)), (gen_random_uuid(), $2, 'openai', 'm', 'error', now())`,
      [newId(), client, hoursAgo],
    )
  }
  const checks = await doctor.look(checkLostCalls)
  expect(checks).toMatchObject([
    { status: 'fail', detail: '2 records could not be booked in the last 24 hours: their usage is in no budget' },
    { status: 'by_hand', detail: expect.stringMatching(/^2 calls in the last 24 hours: .* they were charged at the upper bound$/) },
  ])
  for (const { fix } of checks) expect(await runFix(fix)).toHaveLength(2)
})

it('counts the jobs that were given up, by task, where there is a queue', async () => {
  expect(await doctor.look(checkJobs)).toMatchObject([{ name: 'Jobs', status: 'pass', detail: 'no gateway has run here yet' }])
  const pgPool = openQueuePool(doctor.test.url, { maxConnections: 1, queryTimeoutMs: 60_000, connectTimeoutMs: 20_000 })
  await runMigrations({ pgPool })
  await pgPool.end()
  expect((await doctor.look(checkJobs))[0]).toMatchObject({ status: 'pass', detail: 'none given up' })
  await query(
    `select graphile_worker.add_job('sync_prices', max_attempts => 1), graphile_worker.add_job('deliver_alert', max_attempts => 2)`,
  )
  await query(`update graphile_worker._private_jobs set attempts = 1, last_error = 'test'`)
  const [check] = await doctor.look(checkJobs)
  expect(check).toMatchObject({ status: 'by_hand', detail: 'given up after the last try: 1 of sync_prices' })
  const [job] = (await runFix(check?.fix)) as { id: bigint }[]
  const again = /again: npx catraca sql -c "([^"]+)"$/.exec(check?.fix ?? '')?.[1] ?? ''
  await query(again.replace('ID', `${job?.id}`))
  expect((await doctor.look(checkJobs))[0]).toMatchObject({ status: 'pass' })
})

it('counts the notifications that were given up, and says why the last one was', async () => {
  expect(await doctor.look(checkNotifications)).toMatchObject([{ name: 'Notifications', status: 'pass' }])
  await query(
    `with channel as (insert into notification_channels (kind, address) values ('email', 'ops@example.com') returning id)
     insert into notification_deliveries (channel_id, attempt, status, error, attempted_at)
     select id, attempt, status, error, now() - age
     from channel, (values (1, 'given_up', 'of yesterday', interval '25 hours'), (2, 'given_up', 'mailbox full', interval '2 hours'),
       (3, 'given_up', 'no such mailbox', interval '1 hour'), (4, 'failed', 'tried again', interval '0')) as d (attempt, status, error, age)`,
  )
  expect(await doctor.look(checkNotifications)).toMatchObject([
    {
      status: 'by_hand',
      detail: '2 deliveries of 1 channel given up in the last 24 hours, the last one: no such mailbox',
      fix: expect.stringContaining('npx catraca notify list'),
    },
  ])
})
