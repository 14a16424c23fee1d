export {
  homeOf,
  loginPath,
  type Role,
  returnPath,
  type Session,
  type User,
  UserContext,
  useCanEdit,
  useEndedSession,
  useSession,
  useSignOut,
  useUser,
} from './session.ts'
