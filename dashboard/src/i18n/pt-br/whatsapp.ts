export const whatsapp = {
  title: 'WhatsApp',
}
