import type { HTTPMethods } from 'fastify'
import type { z } from 'zod'
import type { Caller } from '../auth/index.ts'
import type { HttpContext } from '../http-context.ts'

export type Method = Extract<HTTPMethods, 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'>

/** What a request has to look like before `handle` sees it. What a schema does not name is refused. */
export interface ApiInput {
  params: z.ZodObject
  query: z.ZodObject
  body: z.ZodType
}

/** What a route has of its process and of who asks. `owner` writes the caller's name into the audit log with whatever it changes. */
export interface ApiContext extends HttpContext {
  caller: Caller
}

/** The portal's: `clientId` is the caller's own client, and nothing of another one may be asked for. */
export interface PortalContext extends ApiContext {
  clientId: string
}

/** One route of the admin API or of the portal: all that is said of it, in one place. */
export interface ApiRoute<Context extends ApiContext = ApiContext> {
  method: Method
  /** Below `/api/admin` or `/api/portal`. */
  url: string
  /** One line for the document at `/api/openapi.json`. */
  summary: string
  /** `read`: every operator; `write`: those of the role admin only. In the portal both are the client's own users. */
  access: 'read' | 'write'
  input: Partial<ApiInput>
  /** The answer's shape, as JSON has it. */
  output: z.ZodType
  handle(context: Context, input: { params: unknown; query: unknown; body: unknown }): Promise<unknown>
}

type Parsed<Input extends Partial<ApiInput>> = {
  [Part in keyof ApiInput]: Input[Part] extends z.ZodType ? z.output<Input[Part]> : undefined
}

interface Described<M extends Method, Url extends string, Input extends Partial<ApiInput>, Output extends z.ZodType, Context> {
  method: M
  url: Url
  summary: string
  access: 'read' | 'write'
  input: Input
  output: Output
  handle(context: Context, input: Parsed<Input>): Promise<z.input<Output>>
}

/** A route with its types: what the dashboard is compiled against. */
export type TypedRoute<M extends Method, Url extends string, Input extends Partial<ApiInput>, Output extends z.ZodType> = ApiRoute & {
  method: M
  url: Url
  input: Input
  output: Output
}

/** Ties `handle` to the types of its route's schemas. What it returns is answered as JSON. */
export function adminRoute<M extends Method, const Url extends string, Input extends Partial<ApiInput>, Output extends z.ZodType>(
  route: Described<M, Url, Input, Output, ApiContext>,
): TypedRoute<M, Url, Input, Output> {
  // The input was parsed by these very schemas.
  return { ...route, handle: (context, input) => route.handle(context, input as Parsed<Input>) }
}

/** As `adminRoute`, for a client's own user. */
export function portalRoute<M extends Method, const Url extends string, Input extends Partial<ApiInput>, Output extends z.ZodType>(
  route: Described<M, Url, Input, Output, PortalContext>,
): TypedRoute<M, Url, Input, Output> {
  // Registered for callers with a client only.
  return { ...route, handle: (context, input) => route.handle(context as PortalContext, input as Parsed<Input>) }
}

type Part<Route extends ApiRoute, Name extends keyof ApiInput> = Route['input'][Name] extends z.ZodType
  ? z.input<Route['input'][Name]>
  : undefined

/** `'GET /clients/:client'` → what goes in and what comes out, for programs in TypeScript. */
export type TypesOf<Routes extends readonly ApiRoute[]> = {
  [Route in Routes[number] as `${Route['method']} ${Route['url']}`]: {
    params: Part<Route, 'params'>
    query: Part<Route, 'query'>
    body: Part<Route, 'body'>
    output: z.output<Route['output']>
  }
}
