import { z } from 'zod'
import { invitationToJson, inviteUser, linkTo, listInvitations, revokeInvitation } from '../../accounts/index.ts'
import { adminRoute, time } from '../api/index.ts'
import { readRole, role, roleWish } from './user-role.ts'
import { link } from './users.ts'

/** Without what it opens with. */
const invitation = z.object({
  id: z.string(),
  email: z.string(),
  role,
  client: z.string().nullable(),
  invited_by: z.string(),
  created_at: time,
  expires_at: time,
})

export const invitationRoutes = [
  adminRoute({
    method: 'GET',
    url: '/invitations',
    summary: 'Invitations that can still be accepted, newest first',
    access: 'read',
    input: {},
    output: z.array(invitation),
    handle: async ({ owner }) => (await listInvitations(owner)).map(invitationToJson),
  }),
  adminRoute({
    method: 'POST',
    url: '/invitations',
    summary: 'Makes a link for a new user; it is shown once, valid seven days, and voids an earlier one for the same e-mail',
    access: 'write',
    input: { body: z.strictObject({ email: z.string().min(1).max(200), ...roleWish }) },
    output: z.object({ id: z.string(), email: z.string(), role, link, expires_at: time }),
    async handle(context, { body }) {
      const made = await inviteUser(context.owner, { email: body.email, ...(await readRole(context, body)) }, context.caller.name)
      const { id, email, token, expiresAt } = made
      return { id, email, role: made.role, link: linkTo(context.publicUrl ?? '', 'invitation', token), expires_at: expiresAt }
    },
  }),
  adminRoute({
    method: 'DELETE',
    url: '/invitations/:invitation',
    summary: 'Makes an invitation void',
    access: 'write',
    input: { params: z.object({ invitation: z.uuid() }) },
    output: z.object({ id: z.string() }),
    async handle({ owner, caller }, { params }) {
      await revokeInvitation(owner, params.invitation, caller.name)
      return { id: params.invitation }
    },
  }),
] as const
