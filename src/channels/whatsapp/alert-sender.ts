import { DeliveryError, type Sender } from '../../notifications/index.ts'
import type { ChannelDirectory } from './channel-directory.ts'
import type { GraphClient } from './graph-client.ts'
import { GraphError } from './graph-error.ts'

/** Alerts by template, which Meta takes at any time of the day. Taken means that Meta has it: where it fails later, its status names the delivery. */
export function alertSender({ channels, graph }: { channels: ChannelDirectory; graph: GraphClient }): Sender {
  return async ({ id, parameters }, { address, template, deliveryId }) => {
    if (!template)
      throw new DeliveryError('no_template', 'no number that sends it and no template are set: see catraca notify template --help')
    const channel = await channels.find(template.whatsappChannelId)
    if (!channel) throw new DeliveryError('no_number', 'the WhatsApp number that sends it is switched off')
    if (!channel.accessToken) throw new DeliveryError('no_access_token', 'the WhatsApp number that sends it has no access token that opens')
    const from = { phoneNumberId: channel.phoneNumberId, token: channel.accessToken }
    const { name, language } = template
    try {
      const callbackId = deliveryId === undefined ? id : `${id}.${deliveryId}`
      await graph.send(from, address.replace(/\D/g, ''), { template: { name, language, parameters } }, callbackId)
      return { responseCode: 200 }
    } catch (error) {
      if (!(error instanceof GraphError)) throw error
      throw new DeliveryError('meta_refused', error.message, typeof error.code === 'number' ? error.code : null, { cause: error })
    }
  }
}
