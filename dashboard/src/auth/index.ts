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
