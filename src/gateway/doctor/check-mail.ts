import { listChannels, toDeliveryError, verifyEmail } from '../../notifications/index.ts'
import { openSecret, type Secret } from '../../shared/secret.ts'
import { byHand, type CheckResult, fail, pass } from './check.ts'
import type { OwnCheck } from './own-check.ts'

/** What is left of the limit for the rest: a server that does not answer in time is one that fails. */
const restMs = 500

/** Says nothing where nobody is told anything by e-mail. */
export const checkMail: OwnCheck = {
  name: 'E-mail',
  whenSilent: 'does this machine reach the server of CATRACA_SMTP_URL? Port 25 is often closed, 587 and 465 seldom',
  async run({ store, config: { notifications }, isOnline, limitMs }) {
    const { smtpUrl } = notifications
    if (smtpUrl !== undefined) return [['E-mail', await judgeServer(smtpUrl, isOnline, limitMs - restMs)]]
    const addresses = (await listChannels(store.owner)).filter(({ kind, isActive }) => kind === 'email' && isActive).length
    if (addresses === 0) return []
    const who = addresses === 1 ? '1 address is' : `${addresses} addresses are`
    return [
      [
        'E-mail',
        byHand(`${who} to be told of alerts, and no server is set: nothing is sent`, 'set CATRACA_SMTP_URL and CATRACA_MAIL_FROM'),
      ],
    ]
  },
}

async function judgeServer(smtpUrl: Secret, isOnline: boolean, answerMs: number): Promise<CheckResult> {
  const { hostname, host } = openSecret(smtpUrl, (text) => new URL(text))
  if (!isOnline) return pass(`${host}; not asked: --online does`)
  try {
    await verifyEmail(smtpUrl, answerMs)
    return pass(`${host} answers and lets us in`)
  } catch (error) {
    const { code, message } = toDeliveryError(error)
    const fixes: Partial<Record<typeof code, string>> = {
      mail_login: 'put the right user and password into CATRACA_SMTP_URL',
      no_such_host: `correct the host in CATRACA_SMTP_URL: there is no ${hostname}`,
      tls: 'port 465 wants smtps:// in CATRACA_SMTP_URL, port 587 smtp://; is its certificate good?',
    }
    return fail(`${host}: ${message}`, fixes[code] ?? 'are host and port in CATRACA_SMTP_URL right, and does this machine reach them?')
  }
}
