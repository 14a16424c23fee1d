/**
 * How WhatsApp may write a phone. A Brazilian mobile number is known to it with or without the ninth digit that people dial, by when and where
 * it was registered: both are one number.
 */
export function phoneForms(phone: string): string[] {
  const [, area, number] = /^(55\d\d)9?([6-9]\d{7})$/.exec(phone) ?? []
  return area === undefined ? [phone] : [`${area}9${number}`, `${area}${number}`]
}
