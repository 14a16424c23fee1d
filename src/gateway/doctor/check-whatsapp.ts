import { type ChannelSecretsRow, findChannelSecrets } from '../../conversations/index.ts'
import { toGatewayError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import { byHand, type CheckResult, fail, pass } from './check.ts'
import { type DoctorPlace, type OwnCheck, whenDatabaseSilent } from './own-check.ts'

const secrets = { app_secret: 'app secret', access_token: 'access token', verify_token: 'verify token' } as const

/** A line for each number that is on. */
export const checkWhatsApp: OwnCheck = {
  name: 'WhatsApp',
  whenSilent: whenDatabaseSilent,
  async run({ store }) {
    const channels = await findChannelSecrets(store.owner)
    return await Promise.all(
      channels.map(
        async (channel) => [`WhatsApp ${channel.phone_number_id}`, await judge(channel, store.vault)] satisfies [string, CheckResult],
      ),
    )
  },
}

async function judge(channel: ChannelSecretsRow, vault: DoctorPlace['store']['vault']): Promise<CheckResult> {
  const missing: string[] = []
  const closed: string[] = []
  for (const [key, label] of Object.entries(secrets)) {
    const id = channel[`${key as keyof typeof secrets}_secret_id`]
    if (id === null) missing.push(label)
    else await vault.read(id, label).catch((error: unknown) => closed.push(toGatewayError(error).publicMessage))
  }
  const again = `npx catraca whatsapp add --client ${channel.client} --phone-number-id ${channel.phone_number_id} stores all three; enter the verify token at Meta again`
  if (missing.length > 0) return fail(`without ${missing.join(' and ')}: nothing is received or answered`, again)
  if (closed.length > 0) return fail(closed.join('; '), `is the master key the one that sealed it? Else ${again}`)
  const opened = `of ${channel.client}: app secret, access token and verify token open`
  if (channel.failed === 0) return pass(opened)
  const when = channel.failed_at?.toISOString().slice(0, 19) ?? ''
  return byHand(
    `${opened}; ${channel.failed === 1 ? '1 message was' : `${channel.failed} messages were`} not sent in the last 24 hours, the newest at ${when}Z: ${describe(channel.error)}`,
    `npx catraca sql -c "select created_at, error from messages where status = 'failed' order by created_at desc limit 20"; Meta's list of codes says what each wants`,
  )
}

/** `{"code": 131047, "title": "Re-engagement message"}` */
function describe(error: unknown): string {
  if (!isRecord(error)) return 'no reason kept'
  const words = [error.code, error.title ?? error.message].filter((part) => part !== undefined).join(' ')
  // Meta repeats the number of a contact.
  return words.replace(/\d{8,}/g, '…')
}
