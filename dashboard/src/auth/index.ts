export { authClient } from './auth-client.ts'
export { orThrow } from './auth-failure.ts'
export {
  homeOf,
  loginPath,
  type Role,
  returnPath,
  type Session,
  type User,
  UserContext,
  useCanEdit,
  useSession,
  useSignOut,
  useUser,
} from './session.ts'
export { useAuthErrorText } from './use-auth-error.ts'
