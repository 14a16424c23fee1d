import { expect, it, onTestFinished } from 'vitest'
import { startSmtpReceiver } from '../../tests/_support/smtp-receiver.ts'
import { Secret } from '../shared/secret.ts'
import { composeTest } from './compose-notification.ts'
import { emailSender } from './send-email.ts'

it('waits for a server that looks at a mail before it takes it, and does not send it again', { timeout: 60_000 }, async () => {
  const smtp = await startSmtpReceiver()
  onTestFinished(() => smtp.close())
  smtp.looksMs = 12_000
  const send = emailSender({ smtpUrl: new Secret(smtp.url), mailFrom: 'Catraca <alertas@catraca.example>' })
  const channelId = crypto.randomUUID()
  const test = composeTest({ channelId, isClients: false, locale: 'en', publicUrl: undefined, id: crypto.randomUUID(), at: new Date() })
  const to = { channelId, address: 'ops@example.com', secretId: null, template: null }
  expect(await send(test, to)).toEqual({ responseCode: 250 })
  expect(smtp.received).toHaveLength(1)
})
