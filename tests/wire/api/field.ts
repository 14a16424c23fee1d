/** What becomes of a field on its way to a provider. */
export type Fate =
  /** The provider gets the same field with the same value. */
  | { is: 'passed' }
  /** It gets `value`, by default the caller's own, at `at`: another name, another place, or another value. */
  | { is: 'carried'; at: string; value: unknown }
  /** The model by the provider's own name for it. */
  | { is: 'named' }
  /** It gets what it would have got without the field. */
  | { is: 'not sent on' }
  /** 400, with this field named in `error.param`. No provider is asked. */
  | { is: 'refused'; param: string | undefined }

export const passed: Fate = { is: 'passed' }
export const named: Fate = { is: 'named' }
export const dropped: Fate = { is: 'not sent on' }
export const at = (place: string, value?: unknown): Fate => ({ is: 'carried', at: place, value })
export const refused = (param?: string): Fate => ({ is: 'refused', param })

export interface Field {
  /** As the SDKs' types have it. */
  field: string
  /** What the table shows instead, for a part of a field or some of its values. */
  label?: string
  value: unknown
  /** One for each column of the endpoint; the last holds for all that follow. */
  fates: readonly Fate[]
  /** Sent along, with the field and without it. */
  also?: Record<string, unknown>
  /** By way of Vercel, where that differs from the first column's. */
  viaVercel?: Fate
  /** Of a field that has more in it than the row is about: the field without that, which is then not sent on alone. */
  without?: unknown
  /** A header, by which the SDK that has the field sends it. */
  header?: string
  note?: string
}

type More = Pick<Field, 'label' | 'also' | 'without' | 'header' | 'note' | 'viaVercel'>

/** A row. A text holds what it says besides; more is in an object. */
export function row(field: string, value: unknown, fates: Fate | readonly Fate[], more: string | More = {}): Field {
  return { field, value, fates: Array.isArray(fates) ? fates : [fates as Fate], ...(typeof more === 'string' ? { note: more } : more) }
}

export interface Column {
  title: string
  /** Each row is sent to each of them. */
  models: readonly string[]
}

export interface Endpoint {
  path: string
  title: string
  /** SDK files below node_modules with the interfaces whose members are this endpoint's fields. */
  types: readonly [file: string, name: string][]
  columns: readonly Column[]
  /** The least that it takes. `MARK` stands where a provider will see it. */
  base: Record<string, unknown>
  isForm?: boolean
  /** A model that the Vercel AI Gateway is asked for with the fates of the first column. */
  viaVercel?: string
  note?: string
  fields: readonly Field[]
}
