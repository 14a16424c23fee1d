import type { Body } from '../../api/index.ts'

/** As typed. */
export interface ConnectForm {
  /** The client's name in addresses. */
  owner: string
  /** Meta's id of the number. */
  number: string
  phone: string
  token: string
  secret: string
}

/** What the gateway would refuse. */
export function connectProblems({ owner, number, token, secret }: ConnectForm): ReadonlySet<'owner' | 'number' | 'token' | 'secret'> {
  const wrong = {
    owner: owner === '',
    number: !/^\d{3,32}$/.test(number.trim()),
    token: token.trim() === '',
    secret: secret.trim() === '',
  }
  return new Set((Object.keys(wrong) as (keyof typeof wrong)[]).filter((field) => wrong[field]))
}

export function toConnection({ owner, number, phone, token, secret }: ConnectForm): Body<'POST /whatsapp/channels'> {
  return {
    client: owner,
    phone_number_id: number.trim(),
    ...(phone.trim() !== '' && { display_phone_number: phone.trim() }),
    access_token: token.trim(),
    app_secret: secret.trim(),
  }
}
