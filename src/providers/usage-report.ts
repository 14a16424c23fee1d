import type { ReportedUsage } from '../usage/index.ts'

/** Whole days by UTC, as the providers count them: from the first midnight, up to and without the second. */
export interface ReportDays {
  from: Date
  to: Date
}

export type AdminKeyVariable = 'OPENAI_ADMIN_KEY' | 'ANTHROPIC_ADMIN_KEY'

/** How a provider tells what it counted. Keys for calls do not open it: it wants one of the organisation's admin keys. */
export interface UsageReportDescription {
  /** The variable that holds the admin key. */
  readonly keyVariable: AdminKeyVariable
  /** Where such a key is made. */
  readonly keyPage: string
  headers(adminKey: string): Record<string, string>
  /** All that was counted in these days, in any order; several entries of one model add up. */
  read(get: GetReport, days: ReportDays): Promise<ReportedUsage[]>
}

/** The buckets of a report, all pages of it: `path` is below the base URL. Throws ReportError. */
export type GetReport = (path: string, query: Readonly<Record<string, string>>) => Promise<ReportBucket[]>

/** A day of a report. What is in it is the provider's word: nothing but that it is a list of records is known. */
export interface ReportBucket {
  results: Readonly<Record<string, unknown>>[]
}

export type UsageReportResult =
  | { ok: true; usage: ReportedUsage[] }
  /** `message` is a sentence for the operator and holds no key. */
  | { ok: false; message: string }

/** Why a report could not be read, in words for the operator. */
export class ReportError extends Error {}
