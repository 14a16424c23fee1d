import { type AddressInfo, createServer } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestDoctor, type TestDoctor } from '../../../tests/_support/doctor.ts'
import { checkMail } from './check-mail.ts'

let doctor: TestDoctor
let server: SMTPServer
let host: string

beforeAll(async () => {
  doctor = await openTestDoctor()
  server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      password === 'test' ? done(null, { user: username }) : done(new Error('not this password')),
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await new Promise<void>((resolve) => server.close(resolve))
  await doctor.close()
})

const look = async (url: string, isOnline = true) =>
  await doctor.look(checkMail, { isOnline, env: { CATRACA_SMTP_URL: url, CATRACA_MAIL_FROM: 'gateway@example.com' } })

it('says nothing where nobody is told by e-mail, and something where somebody is and no server is set', async () => {
  expect(await doctor.look(checkMail)).toEqual([])
  await doctor.test.database.query(
    `insert into notification_channels (kind, address, is_active) values ('email', 'ops@example.com', true), ('email', 'old@example.com', false)`,
  )
  expect(await doctor.look(checkMail)).toMatchObject([
    {
      name: 'E-mail',
      status: 'by_hand',
      detail: '1 address is to be told of alerts, and no server is set: nothing is sent',
      fix: 'set CATRACA_SMTP_URL and CATRACA_MAIL_FROM',
    },
  ])
})

it('asks the server only when it may, and logs in', async () => {
  expect(await look(`smtp://me:test@${host}`, false)).toMatchObject([{ status: 'pass', detail: `${host}; not asked: --online does` }])
  expect(await look(`smtp://me:test@${host}`)).toMatchObject([{ status: 'pass', detail: `${host} answers and lets us in` }])
})

it('tells a wrong password from a server that is not there, and shows neither', async () => {
  const [refused] = await look(`smtp://me:not-it@${host}`)
  expect(refused).toMatchObject({ status: 'fail', fix: 'put the right user and password into CATRACA_SMTP_URL' })
  expect(refused?.detail).toMatch(/^127\.0\.0\.1:\d+: .*not this password/)
  expect(JSON.stringify(refused)).not.toContain('not-it')
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  await new Promise((resolve) => taken.close(resolve))
  expect(await look(`smtp://127.0.0.1:${port}`)).toMatchObject([
    { status: 'fail', detail: expect.stringContaining('ECONNREFUSED'), fix: expect.stringContaining('CATRACA_SMTP_URL') },
  ])
})
