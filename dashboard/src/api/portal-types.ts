import type { PortalAnswer, PortalItem } from './types.ts'

// What the portal's pages show, under names of their own.
export type PortalMe = PortalAnswer<'GET /me'>
export type PortalBudget = PortalAnswer<'GET /budgets'>[number]
export type PortalAlert = PortalAnswer<'GET /alerts'>[number]
export type PortalSeries = PortalAnswer<'GET /usage/series'>
export type PortalGroup = PortalItem<'GET /usage/groups'>
export type PortalCall = PortalItem<'GET /calls'>
export type PortalStatement = PortalAnswer<'GET /statement'>
export type ApiType = PortalCall['api_type']
