import type { Transporter } from 'nodemailer'
import { isLoopback } from '../shared/public-address.ts'
import { openSecret, type Secret } from '../shared/secret.ts'
import { DeliveryError } from './delivery-error.ts'
import type { Sender } from './notification.ts'
import { toHtml, toText } from './render-notification.ts'

const timeoutMs = 10_000
/** A server that looks at a mail for long has it all the same: whoever does not wait sends it again and again. Less than a sender has. */
const answerTimeoutMs = 25_000

export interface EmailOptions {
  /** `smtp://user:password@host:587` or `smtps://…`; undefined: there is no e-mail here. */
  smtpUrl: Secret | undefined
  /** `Catraca <no-reply@example.com>` */
  mailFrom: string | undefined
}

/** E-mail through the operator's SMTP server, as plain text and HTML. */
export function emailSender({ smtpUrl, mailFrom }: EmailOptions): Sender {
  let transport: Promise<Transporter> | undefined
  return async (notification, { address }) => {
    if (smtpUrl === undefined || mailFrom === undefined) {
      throw new DeliveryError('no_email', 'e-mail is not set up: CATRACA_SMTP_URL and CATRACA_MAIL_FROM')
    }
    transport ??= openTransport(smtpUrl)
    const domain = /@([^\s>]+)/.exec(mailFrom)?.[1] ?? 'catraca.invalid'
    const sent = await (await transport).sendMail({
      from: mailFrom,
      // An object: a text could name several.
      to: { name: '', address },
      subject: notification.subject,
      text: toText(notification),
      html: toHtml(notification),
      messageId: `<${notification.id}@${domain}>`,
      date: notification.at,
      // Nobody's out-of-office notice is to answer.
      headers: { 'auto-submitted': 'auto-generated' },
    })
    const code = Number.parseInt(String(sent.response), 10)
    return { responseCode: Number.isNaN(code) ? null : code }
  }
}

/** Loaded when the first e-mail goes out. */
export async function openTransport(smtpUrl: Secret, wait = { connectMs: timeoutMs, answerMs: answerTimeoutMs }): Promise<Transporter> {
  const { createTransport } = await import('nodemailer')
  return openSecret(smtpUrl, (text) => {
    const url = new URL(text)
    const isLocal = url.hostname === 'localhost' || isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
    return createTransport({
      url: text,
      // A password goes over TLS, unless the URL itself says ?requireTLS=false.
      requireTLS: url.username !== '' && !isLocal,
      connectionTimeout: wait.connectMs,
      greetingTimeout: wait.connectMs,
      socketTimeout: wait.answerMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  })
}
