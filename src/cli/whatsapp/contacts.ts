import type { Command } from 'commander'
import { changeClient, getClient } from '../../clients/index.ts'
import { eraseContact, exportContact, setConversationStatus } from '../../conversations/index.ts'
import { type CommandOptions, choice, example, onStore, wholeNumber, withJson } from '../command.ts'
import { UsageError } from '../failure.ts'
import { orNone } from '../or-none.ts'
import { answer, type Terminal } from '../terminal.ts'
import { withStore } from '../with-store.ts'

interface OfClient extends CommandOptions {
  client: string
}

/** What a contact may ask for by law, and who answers them. */
export function addContactCommands(group: Command, terminal: Terminal): void {
  const handOff = ofContact(group, 'handoff', 'let a human answer a contact, or the bot again').addOption(
    choice('--to <who>', 'who answers from now on', ['human', 'bot']).makeOptionMandatory(),
  )
  example(withJson(handOff), 'npx catraca whatsapp handoff 5511999990001 --client luisboff --to human').action(
    (phone: string, options: OfClient & { to: 'human' | 'bot' }) =>
      withStore(terminal, options, async ({ owner }) => {
        const { id } = await getClient(owner, options.client)
        const conversations = await setConversationStatus(owner, id, digits(phone), options.to)
        answer(terminal, options, { conversations, status: options.to }, () =>
          conversations === 0 ? 'This contact has no conversation.' : `From now on the ${options.to} answers this contact.`,
        )
      }),
  )
  const exported = ofContact(group, 'export', 'all that is stored of a contact, as JSON on stdout')
  example(withJson(exported), 'npx catraca whatsapp export 5511999990001 --client luisboff > contact.json').action(
    (phone: string, options: OfClient) =>
      withStore(terminal, options, async ({ owner }) => {
        const { id } = await getClient(owner, options.client)
        const contact = await exportContact(owner, id, digits(phone))
        answer(terminal, options, contact, () => JSON.stringify(contact, null, 2))
      }),
  )
  const erase = ofContact(group, 'erase', 'delete what a contact said and was told; rows of usage stay, without the phone')
  example(withJson(erase), 'npx catraca whatsapp erase 5511999990001 --client luisboff').action((phone: string, options: OfClient) =>
    withStore(terminal, options, async ({ owner }) => {
      const { id } = await getClient(owner, options.client)
      const erased = await eraseContact(owner, id, digits(phone))
      const { conversations, messages, calls } = erased
      answer(
        terminal,
        options,
        erased,
        () => `Erased ${conversations} conversations with ${messages} messages, and the phone from ${calls} calls.`,
      )
    }),
  )
  const retention = withJson(
    onStore(
      group
        .command('retention')
        .argument('<client>', 'slug or id')
        .argument('<days>', 'or none', orNone(wholeNumber(1))),
    ),
  ).description('delete messages of a client that are older than so many days, every night')
  example(retention, 'npx catraca whatsapp retention luisboff 90').action((which: string, days: number | 'none', options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const kept = days === 'none' ? null : days
      const { slug } = await changeClient(owner, which, { message_retention_days: kept })
      answer(terminal, options, { client: slug, message_retention_days: kept }, () =>
        kept === null ? `Messages of ${slug} are kept.` : `Messages of ${slug} are deleted after ${kept} days.`,
      )
    }),
  )
}

function ofContact(group: Command, name: string, description: string): Command {
  return onStore(group.command(name).argument('<phone>', 'with the country in front'))
    .requiredOption('--client <client>', 'slug or id')
    .description(description)
}

/** `+55 11 99999-0001` as WhatsApp writes it. */
function digits(phone: string): string {
  const plain = phone.replace(/[\s()+.-]/g, '')
  if (!/^\d{5,20}$/.test(plain)) throw new UsageError(`"${phone}" is no phone: digits with the country in front, such as 5511999990001`)
  return plain
}
