import type { ReadStream } from 'node:tty'
import type { Command } from 'commander'
import { getClient } from '../../clients/index.ts'
import {
  addChannel,
  type BotSettings,
  type ChannelSettings,
  type ChannelSettingsRow,
  changeBot,
  getBot,
  listChannelSettings,
  removeChannel,
  updateChannel,
  webhookPath,
} from '../../conversations/index.ts'
import { type CommandOptions, choice, example, onStore, wholeNumber, withJson } from '../command.ts'
import { UsageError } from '../failure.ts'
import { namedClient } from '../named-client.ts'
import { orNone, unlessNone } from '../or-none.ts'
import { openPrompter } from '../prompter.ts'
import { table } from '../table.ts'
import { answer, type Terminal } from '../terminal.ts'
import { withStore } from '../with-store.ts'
import { getChannelSettings } from './get-channel-settings.ts'

interface AddOptions extends CommandOptions {
  client: string
  phoneNumberId: string
  displayPhone?: string
  accessToken?: string
  appSecret?: string
  verifyToken?: string
}

interface SetOptions extends CommandOptions {
  model?: string
  systemPrompt?: string
  pause?: number
  history?: number
  transcription?: string
  notice?: string
  template?: string
  templateLanguage?: string
  admins?: string[]
  contactTokens?: number | 'none'
  handsOff?: 'on' | 'off'
  keywords?: string[]
  handOffNotice?: string
  videoNotice?: string
}

export function addChannelCommands(group: Command, terminal: Terminal): void {
  addAdd(group, terminal)
  addSet(group, terminal)
  const list = withJson(onStore(group.command('list').argument('[client]', 'slug or id'))).description(
    'channels; of secrets only whether they are there',
  )
  example(list, 'npx catraca whatsapp list').action((which: string | undefined, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const channels = await listChannelSettings(owner, (await namedClient(owner, which))?.id)
      answer(terminal, options, channels, () => listTable(channels, terminal))
    }),
  )
  const remove = withJson(onStore(group.command('remove').argument('<channel>', 'its id or phone number id'))).description(
    'take a channel away, its secrets with it; what was said stays with the client',
  )
  example(remove, 'npx catraca whatsapp remove 106540352242922').action((which: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner, vault }) => {
      const phoneNumberId = await removeChannel(owner, vault, which)
      answer(terminal, options, { phone_number_id: phoneNumberId, removed: true }, () => `Removed the channel ${phoneNumberId}.`)
    }),
  )
}

function addAdd(group: Command, terminal: Terminal): void {
  const command = group
    .command('add')
    .description('a WhatsApp number of a client; again: new secrets. They go into the vault and are never shown')
    .requiredOption('--client <client>', 'slug or id')
    .requiredOption('--phone-number-id <id>', "Meta's id of the number (WhatsApp > API setup)")
    .option('--display-phone <phone>', 'the number, for people')
    .option('--access-token <token>', 'or WHATSAPP_ACCESS_TOKEN, or asked for')
    .option('--app-secret <secret>', 'or WHATSAPP_APP_SECRET, or asked for')
    .option('--verify-token <token>', 'default: one is made')
  example(withJson(onStore(command)), 'npx catraca whatsapp add --client luisboff --phone-number-id 106540352242922').action(
    async (options: AddOptions) => {
      const { accessToken, appSecret } = await readSecrets(options, terminal)
      await withStore(terminal, options, async ({ owner, vault }, config) => {
        const { id: clientId } = await getClient(owner, options.client)
        const { phoneNumberId, displayPhone, verifyToken } = options
        const added = await addChannel(owner, vault, { clientId, phoneNumberId, displayPhone, accessToken, appSecret, verifyToken })
        const path = webhookPath(added.id)
        const url = `${config.publicUrl ?? 'https://YOUR-ADDRESS'}${path}`
        answer(terminal, options, { id: added.id, path, verify_token: added.verifyToken }, () =>
          [
            `Added the channel ${phoneNumberId} (${added.id}).`,
            'At Meta (WhatsApp > Configuration), subscribed to the field "messages":',
            `  Callback URL: ${url}`,
            `  Verify token: ${added.verifyToken}`,
            `Try it here first: npx catraca whatsapp simulate "oi" --client ${options.client}`,
          ].join('\n'),
        )
      })
    },
  )
}

async function readSecrets(options: AddOptions, terminal: Terminal): Promise<{ accessToken: string; appSecret: string }> {
  const given = {
    accessToken: options.accessToken ?? terminal.env.WHATSAPP_ACCESS_TOKEN,
    appSecret: options.appSecret ?? terminal.env.WHATSAPP_APP_SECRET,
  }
  if (given.accessToken !== undefined && given.appSecret !== undefined)
    return { accessToken: given.accessToken, appSecret: given.appSecret }
  if (!terminal.isInteractive)
    throw new UsageError('Give --access-token and --app-secret, or WHATSAPP_ACCESS_TOKEN and WHATSAPP_APP_SECRET')
  const prompter = openPrompter(process.stdin as ReadStream, (text) => process.stderr.write(text))
  try {
    return {
      accessToken: given.accessToken ?? (await prompter.askHidden('Access token (not shown): ')),
      appSecret: given.appSecret ?? (await prompter.askHidden('App secret (not shown): ')),
    }
  } finally {
    prompter.close()
  }
}

function addSet(group: Command, terminal: Terminal): void {
  const command = group
    .command('set')
    .description('how a channel answers; what is not named stays, and "none" takes a setting away')
    .argument('<channel>', 'its id or phone number id')
    .option('--model <model>', "in place of the client's own")
    .option('--system-prompt <text>', "in place of the client's own")
    .option('--pause <ms>', 'what is typed within so long is answered together (default 4000)', wholeNumber(0))
    .option('--history <tokens>', 'of what was said before (default 2000)', wholeNumber(0))
    .option('--transcription <model>', 'for recordings (default openai/whisper-1)')
    .option('--notice <text>', 'what a contact is told when a budget refuses, once an hour')
    .option('--template <name>', 'what may be sent after the 24 hours')
    .option('--template-language <code>', 'default pt_BR')
    .option('--admins <phone...>', 'who may ask for "saldo", as digits with the country in front')
    .option('--contact-tokens <n>', "a contact's tokens a day", orNone(wholeNumber(1)))
    .addOption(choice('--hands-off <switch>', 'may the model give a contact to a human?', ['on', 'off']))
    .option('--keywords <words...>', 'who writes one of these is given to a human without a model')
    .option('--hand-off-notice <text>', 'what a contact is told then')
    .option('--video-notice <text>', 'what who sends nothing but videos is told')
  example(
    withJson(onStore(command)),
    'npx catraca whatsapp set 106540352242922 --pause 6000 --system-prompt "Você atende a padaria."',
    'npx catraca whatsapp set 106540352242922 --admins 5511999990001 --contact-tokens 20000',
    'npx catraca whatsapp set 106540352242922 --hands-off on --keywords atendente humano "falar com alguém"',
  ).action((which: string, options: SetOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const channel = await getChannelSettings(owner, which)
      await updateChannel(owner, channel.id, toSettings(options))
      await changeBot(owner, channel.id, toBot(options))
      const changed = { ...(await getChannelSettings(owner, which)), ...(await getBot(owner, channel.id)) }
      answer(terminal, options, changed, () => listTable([changed], terminal))
    }),
  )
}

function toSettings(options: SetOptions): ChannelSettings {
  const admins = options.admins?.[0] === 'none' ? [] : options.admins
  const wrong = admins?.find((phone) => !/^\d{8,15}$/.test(phone))
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no phone: digits only, with the country in front, such as 5511999990001`)
  const all = {
    model: textOf(options.model),
    system_prompt: textOf(options.systemPrompt),
    reply_pause_ms: options.pause,
    history_tokens: options.history,
    transcription_model: options.transcription,
    refusal_notice: textOf(options.notice),
    template_name: textOf(options.template),
    template_language: options.templateLanguage,
    admin_phones: admins,
    contact_daily_tokens: unlessNone(options.contactTokens),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function toBot({ handsOff, keywords, handOffNotice, videoNotice }: SetOptions): Partial<BotSettings> {
  const all = {
    hands_off: handsOff === undefined ? undefined : handsOff === 'on',
    hand_off_keywords: keywords?.[0] === 'none' ? [] : keywords,
    hand_off_notice: textOf(handOffNotice),
    video_notice: textOf(videoNotice),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function textOf(text: string | undefined): string | null | undefined {
  return text === 'none' ? null : text
}

function listTable(channels: readonly ChannelSettingsRow[], terminal: Terminal): string {
  if (channels.length === 0) return 'No WhatsApp channels. Add one: npx catraca whatsapp add --help'
  const columns = ['CLIENT', 'PHONE NUMBER ID', 'PHONE', 'SECRETS', 'MODEL', 'PAUSE', 'HISTORY', 'ID']
  const rows = channels.map((channel) => [
    channel.client,
    channel.phone_number_id,
    channel.display_phone_number ?? '-',
    channel.has_access_token && channel.has_app_secret && channel.has_verify_token ? 'all' : 'MISSING',
    channel.model ?? "client's",
    `${channel.reply_pause_ms} ms`,
    `${channel.history_tokens} tokens`,
    channel.id,
  ])
  return table(columns, rows, terminal)
}
