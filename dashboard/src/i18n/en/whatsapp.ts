import type { Texts } from '../languages.ts'
import type { whatsapp as source } from '../pt-br/whatsapp.ts'

export const whatsapp: Texts<typeof source> = {
  title: 'WhatsApp',
  text: 'The clients’ numbers, whether each can receive and answer, and the last messages.',
  empty: {
    title: 'No number connected',
    text: 'Each client has a number of its own. It is connected by the command line, with "npx catraca whatsapp add", and shown here with its state and its last messages. To see all of it work first, without Meta: npx catraca whatsapp simulate "oi".',
    action: 'See the clients',
  },
  channels: 'Numbers',
  number: 'Number {{id}}',
  health: { ready: 'Ready', failing: 'Failing', incomplete: 'Incomplete', off: 'Off' },
  healthText: {
    ready: 'Receives and answers.',
    failing_one: '{{formatted}} message could not be sent in the last 24 hours.',
    failing_many: '{{formatted}} messages could not be sent in the last 24 hours.',
    failing_other: '{{formatted}} messages could not be sent in the last 24 hours.',
    incomplete: 'Missing in the vault: {{missing}}.',
    off: 'This number is switched off: nothing is received or answered.',
  },
  missing: { access: 'the access token', app: 'the app secret', verify: 'the verify token' },
  facts: {
    received: 'Last received',
    sent: 'Last sent',
    conversations: 'Conversations',
    withHuman: 'With a person',
    none: 'none in 24 h',
  },
  messages: {
    title: 'Last messages',
    text: 'Phone numbers are shown with their middle hidden.',
    when: 'When',
    client: 'Client',
    phone: 'Contact',
    message: 'Message',
    status: 'State',
    direction: 'Direction',
    in: 'Received',
    out: 'Sent',
    failed: 'Not sent',
    empty: 'No messages yet',
    emptyText: 'The first message that reaches one of the numbers is shown here.',
    noText: 'no text ({{kind}})',
    human: 'with a person',
  },
}
