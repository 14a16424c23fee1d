import { expect } from 'vitest'
import type { TestGateway } from '../../_support/gateway.ts'
import { expectConverted, nano, oracleOf, settled, type UsageRow } from './settled.ts'

export type KindRow = UsageRow & { api_type: string; units: string | null }

/** The call's row, with its cost in nano-dollars as it was computed by hand, and its units as the emulator itself counted them. */
export async function expectRow(
  gateway: TestGateway,
  callId: string | null,
  wanted: { apiType: string; nanoUsd: bigint; units?: number | undefined; status?: string; flags?: string[] },
): Promise<KindRow> {
  const row = (await settled(gateway, callId)) as KindRow
  expect({
    apiType: row.api_type,
    nanoUsd: nano(row.cost_usd),
    units: row.units === null ? undefined : Number(row.units),
    status: row.status,
    flags: row.flags,
  }).toEqual({
    units: undefined,
    status: 'ok',
    flags: [],
    ...wanted,
  })
  await expectConverted(gateway, row)
  return row
}

/** What the emulator counted of the row's last attempt, in the unit of its kind. */
export function oracleUnits(gateway: TestGateway, row: KindRow): number | null {
  const { audioSeconds, characters, images } = oracleOf(gateway, row)
  return audioSeconds ?? characters ?? images
}

export async function setBudget(gateway: TestGateway, clientId: string, limit: string): Promise<void> {
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'brl', $2, 'monthly', true)`,
    [clientId, limit],
  )
}

export function callIdOf(response: { headers: Headers }): string | null {
  return response.headers.get('x-catraca-call-id')
}
