import { orUnavailable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { checkEmail } from './check-wish.ts'
import { acceptBody, type Endpoint, invitationBody, setupBody } from './endpoints.ts'
import { acceptInvitation, getInvitation, needsSetup } from './invitations.ts'
import { readBody } from './read-body.ts'
import { recordEvent } from './record-event.ts'
import type { AuthParts, AuthRequest } from './session.ts'
import { addressHeader } from './settings.ts'
import { takeTry } from './tries.ts'

/** How users come to be: the set-up link and invitations. */
export async function handleOwn(parts: AuthParts, { method, path }: Endpoint, request: AuthRequest): Promise<Response> {
  const { database } = parts
  if (method === 'GET') return Response.json({ needed: await orUnavailable(() => needsSetup(database)) })
  const attempt = await takeTry(database, request.address, undefined)
  try {
    const response = path === '/invitation' ? await look(parts, request) : await accept(parts, path, request)
    await attempt.giveBack()
    return response
  } catch (error) {
    // A password that is too short is no try to guess a link.
    if (error instanceof InvalidRequestError && error.code === 'invalid_body') await attempt.giveBack()
    throw error
  }
}

async function look({ database }: AuthParts, request: AuthRequest): Promise<Response> {
  const { email, role, client_name, expires_at } = await getInvitation(database, readBody(invitationBody, request.body).token)
  if (email === null) throw new InvalidRequestError('not_found', 'This is the set-up link: open /setup with it.')
  return Response.json({ email, role, client: client_name, expiresAt: expires_at })
}

/** Answers as the log-in does, because it is one. */
async function accept({ auth, database }: AuthParts, path: string, request: AuthRequest): Promise<Response> {
  const isSetup = path === '/setup'
  const body = isSetup ? readBody(setupBody, request.body) : { ...readBody(acceptBody, request.body), email: undefined }
  const invitation = await getInvitation(database, body.token)
  const wanted = body.email ?? invitation.email
  if (isSetup !== (invitation.email === null) || wanted === null) {
    throw new InvalidRequestError('not_found', `This link is for ${isSetup ? '/invitation' : '/setup'}.`)
  }
  const email = checkEmail(wanted)
  const library = await auth()
  const { password } = await library.$context
  await acceptInvitation(database, invitation, { name: body.name, email, passwordHash: await password.hash(body.password) })
  const headers = new Headers({ [addressHeader]: request.address })
  if (request.userAgent !== undefined) headers.set('user-agent', request.userAgent.slice(0, 500))
  const response = await library.api.signInEmail({ body: { email, password: body.password }, headers, asResponse: true })
  await recordEvent(database, 'log_in', { bySelf: true, user: email, details: { address: request.address } })
  return response
}
