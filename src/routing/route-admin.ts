import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { fromModelRouteRow, type ModelRoute, type RouteTarget, type Strategy } from './model-route.ts'
import { deleteModelRouteRow } from './sql/delete-model-route.ts'
import { findModelRouteRows } from './sql/find-model-routes.ts'
import { setModelRouteRow } from './sql/set-model-route.ts'

/** Undefined leaves a thing as it is, null takes it away. */
export interface RouteWish {
  strategy?: Strategy | undefined
  targets?: readonly RouteTarget[] | undefined
  fallbacks?: readonly string[] | null | undefined
  hedgeAfterMs?: number | null | undefined
  downgrade?: ModelRoute['downgrade'] | null | undefined
  timeouts?: ModelRoute['timeouts'] | null | undefined
}

/** `slug` is the client's. */
export type ListedRoute = ModelRoute & { slug: string | undefined }

/** Models are written as they are given; they should be the registry's. Throws InvalidRequestError for an alias or a wish that cannot be. */
export async function setRoute(db: Queryable, clientId: string | undefined, alias: string, wish: RouteWish): Promise<ListedRoute> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/.test(alias)) {
    throw new InvalidRequestError(
      'invalid_body',
      'An alias is up to 100 letters, digits and . _ : / -, and begins with a letter or a digit.',
    )
  }
  const targets = wish.targets ?? (await findRoute(db, clientId, alias))?.targets
  if (!targets) throw new InvalidRequestError('invalid_body', `There is no alias "${alias}" yet: name its targets.`)
  if (targets.every(({ weight }) => weight === 0)) {
    throw new InvalidRequestError('invalid_body', 'One target at least needs a weight above 0.')
  }
  await setModelRouteRow(db, clientId, alias, {
    strategy: wish.strategy,
    targets: targets.map(({ model, via, weight }) => ({ model, ...(via && { via }), ...(weight !== undefined && { weight }) })),
    fallbacks: wish.fallbacks && [...wish.fallbacks],
    hedge_after_ms: wish.hedgeAfterMs,
    downgrade: wish.downgrade,
    timeouts: wish.timeouts && toTimeoutsColumn(wish.timeouts),
  })
  return (await findRoute(db, clientId, alias)) as ListedRoute
}

/** By alias, the shared one before those of clients. */
export async function listRoutes(db: Queryable): Promise<ListedRoute[]> {
  return (await findModelRouteRows(db)).map((row) => ({ ...fromModelRouteRow(row), slug: row.slug ?? undefined }))
}

/** Throws InvalidRequestError `not_found`. */
export async function removeRoute(db: Queryable, clientId: string | undefined, alias: string): Promise<void> {
  if (await deleteModelRouteRow(db, clientId, alias)) return
  const whose = clientId === undefined ? 'shared alias' : 'alias of this client'
  throw new InvalidRequestError('not_found', `There is no ${whose} "${alias}".`)
}

async function findRoute(db: Queryable, clientId: string | undefined, alias: string): Promise<ListedRoute | undefined> {
  return (await listRoutes(db)).find((route) => route.alias === alias && route.clientId === clientId)
}

function toTimeoutsColumn({ connectMs, firstByteMs, idleMs, totalMs }: ModelRoute['timeouts']) {
  return {
    ...(connectMs !== undefined && { connect_ms: connectMs }),
    ...(firstByteMs !== undefined && { first_byte_ms: firstByteMs }),
    ...(idleMs !== undefined && { idle_ms: idleMs }),
    ...(totalMs !== undefined && { total_ms: totalMs }),
  }
}
