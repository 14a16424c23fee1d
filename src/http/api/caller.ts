/** Who asks `/api/admin` or `/api/portal`: the operator's own program with its token, or somebody who has logged in. */
export interface Caller {
  kind: 'token' | 'user'
  /** An operator who may change things, one who may only look, or somebody of a client. */
  role: 'admin' | 'viewer' | 'client'
  userId: string | undefined
  /** As it stands in the audit log. */
  name: string
  /** Of the role `client` only: the one client that it may see. */
  clientId: string | undefined
}
