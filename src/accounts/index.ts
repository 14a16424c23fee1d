export { type Accounts, type AccountsOptions, openAccounts } from './accounts.ts'
export type { Endpoint } from './endpoints.ts'
export {
  type CreatedInvitation,
  createSetupToken,
  type Invitation,
  type InvitationWish,
  inviteUser,
  listInvitations,
  revokeInvitation,
} from './invitations.ts'
export { type LinkPage, linkTo } from './link-token.ts'
export type { AuthRequest, Session } from './session.ts'
export { type Role, type RoleWish, roles, type User } from './user.ts'
export {
  createResetToken,
  getUser,
  listSessions,
  listUsers,
  type OpenSession,
  removeTwoFactor,
  removeUser,
  revokeSessions,
  setDisabled,
  setRole,
} from './user-admin.ts'
export { invitationToJson, sessionToJson, userToJson } from './user-to-json.ts'
