import { DeliveryError, type Sender } from '../../notifications/index.ts'
import type { ChannelDirectory } from './channel-directory.ts'
import type { GraphClient } from './graph-client.ts'
import { GraphError } from './graph-error.ts'

/** Alerts by template, which Meta takes at any time of the day. Taken means that Meta has it, not that it was read. */
export function alertSender({ channels, graph }: { channels: ChannelDirectory; graph: GraphClient }): Sender {
  return async ({ id, parameters }, { address, template }) => {
    if (!template) throw new DeliveryError('no number that sends it and no template are set: see catraca notify template --help', null)
    const channel = await channels.find(template.whatsappChannelId)
    if (!channel) throw new DeliveryError('the WhatsApp number that sends it is switched off', null)
    if (!channel.accessToken) throw new DeliveryError('the WhatsApp number that sends it has no access token that opens', null)
    const from = { phoneNumberId: channel.phoneNumberId, token: channel.accessToken }
    const { name, language } = template
    try {
      await graph.send(from, address.replace(/\D/g, ''), { template: { name, language, parameters } }, id)
      return { responseCode: 200 }
    } catch (error) {
      if (!(error instanceof GraphError)) throw error
      throw new DeliveryError(error.message, typeof error.code === 'number' ? error.code : null, { cause: error })
    }
  }
}
