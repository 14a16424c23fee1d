import type { HTTPMethods } from 'fastify'
import type { z } from 'zod'
import type { HttpContext } from '../http-context.ts'

/** What a request has to look like before `handle` sees it. What a schema does not name is refused. */
export interface AdminInput {
  params: z.ZodObject
  query: z.ZodObject
  body: z.ZodType
}

/** One route of the admin API: all that is said of it, in one place. */
export interface AdminRoute {
  method: Extract<HTTPMethods, 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'>
  /** Below `/api/admin`. */
  url: string
  input: Partial<AdminInput>
  handle(context: HttpContext, input: { params: unknown; query: unknown; body: unknown }): Promise<unknown>
}

type Parsed<Input extends Partial<AdminInput>> = {
  [Part in keyof AdminInput]: Input[Part] extends z.ZodType ? z.infer<Input[Part]> : undefined
}

/** Ties `handle` to the types of its route's schemas. What it returns is answered as JSON. */
export function adminRoute<Input extends Partial<AdminInput>>(route: {
  method: AdminRoute['method']
  url: string
  input: Input
  handle(context: HttpContext, input: Parsed<Input>): Promise<unknown>
}): AdminRoute {
  // The input was parsed by these very schemas.
  return { ...route, handle: (context, input) => route.handle(context, input as Parsed<Input>) }
}
