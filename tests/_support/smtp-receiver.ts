import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

export interface SmtpReceiver {
  url: string
  received: { to: string[]; mail: ParsedMail }[]
  /** Recipients that it refuses, with 550. */
  refuses: Set<string>
  /** Looks at each mail for so long before it says that it has it. */
  looksMs: number
  close(): Promise<void>
}

/** Somebody's mail server on loopback, which keeps what it gets. */
export async function startSmtpReceiver(): Promise<SmtpReceiver> {
  const receiver: SmtpReceiver = {
    url: '',
    received: [],
    refuses: new Set(),
    looksMs: 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      if (receiver.refuses.has(address)) done(Object.assign(new Error('no such user here'), { responseCode: 550 }))
      else done()
    },
    onData(stream, { envelope }, done) {
      simpleParser(stream).then((mail) => {
        receiver.received.push({ to: envelope.rcptTo.map(({ address }) => address), mail })
        setTimeout(done, receiver.looksMs)
      }, done)
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  receiver.url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  return receiver
}
