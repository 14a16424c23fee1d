/** In the order of what they may do. */
export const callers = ['nobody', 'key', 'client', 'viewer', 'admin', 'token'] as const
export type CallerName = (typeof callers)[number]
export const variants = ['own', 'foreign', 'unknown'] as const
export type Variant = (typeof variants)[number]

type Refusals = Partial<Record<CallerName, number>>
export type Ids = Record<string, string>

export interface Row {
  /** The status for each of those who may not, whatever they ask for. The others may. */
  refuses: Refusals
  /** What those get who may: 200 for their own and for another client's, 404 for what does not exist, unless said otherwise. */
  expects?: Partial<Record<Variant, number>>
  body?: (unique: number) => unknown
  query?: string
  headers?: Record<string, string>
  /** Sees to it, before each who may, that what he asks for is there. */
  fresh?: (world: World, ids: Ids) => Promise<Ids>
  /** In place of the world's: another client's thing below one's own address, say. */
  foreign?: (world: World) => Ids
  /** Of what is no route of a table: no schema, and fields that it does not know are passed on. */
  isRaw?: boolean
  /** What is unknown comes to be by it, as a plan does by its name. */
  makesNames?: boolean
  /** Ends the session that asks. */
  endsSession?: boolean
  /** It answers for as long as one listens. */
  isStream?: boolean
}

/** What there is to ask for, by the names of addresses' parameters. */
export interface World {
  own: Ids
  foreign: Ids
  unknown: Ids
  /** Asks as the admin token, for what has to be there first. */
  make(method: string, path: string, body?: object): Promise<Ids>
  /** Another user of that client, who is logged in once. */
  addUser(of: Ids): Promise<Ids>
  newEmail(): string
  /** Of that client, and delivered long ago; its id. */
  addAlert(of: Ids): Promise<string>
}

type Rest = Omit<Row, 'refuses'>
const operators = { nobody: 401, key: 401, client: 403 }
/** Every operator. */
export const read = (rest: Rest = {}): Row => ({ refuses: operators, ...rest })
/** Operators of the role admin, and their programs. */
export const write = (rest: Rest = {}): Row => ({ refuses: { ...operators, viewer: 403 }, ...rest })
/** A client's own user; programs have the admin API. */
export const own = (rest: Rest = {}): Row => ({ refuses: { nobody: 401, key: 403, viewer: 403, admin: 403, token: 403 }, ...rest })
/** A client's software. No log-in and no admin token opens it. */
export const call = (rest: Rest = {}): Row => ({
  refuses: { nobody: 401, client: 401, viewer: 401, admin: 401, token: 401 },
  isRaw: true,
  ...rest,
})
/** Whoever has logged in, about himself. */
export const self = (rest: Rest = {}): Row => ({ refuses: { nobody: 401, key: 401, token: 401 }, isRaw: true, ...rest })
export const everybody = (rest: Rest = {}): Row => ({ refuses: {}, isRaw: true, ...rest })
