import { expect, test } from 'vitest'
import { z } from 'zod'
import { fitSchema } from './fit-schema.ts'

const schemas: Record<string, z.ZodType> = {
  flat: z.object({ name: z.string().min(20).max(30), age: z.number().int().min(18).max(99), ok: z.boolean() }),
  nested: z.object({ items: z.array(z.object({ kind: z.enum(['a', 'b']), price: z.number().positive() })).min(3) }),
  formats: z.object({ when: z.iso.datetime(), day: z.iso.date(), mail: z.email(), link: z.url(), id: z.uuid() }),
  unions: z.object({
    either: z.union([z.null(), z.string()]),
    tagged: z.discriminatedUnion('t', [z.object({ t: z.literal('x'), n: z.number() })]),
  }),
  optional: z.object({ maybe: z.string().optional(), nothing: z.null(), fallback: z.number().default(7) }),
  numbers: z.object({ step: z.number().multipleOf(5).min(11), above: z.number().gt(3).lt(9) }),
  tuple: z.object({ pair: z.tuple([z.string(), z.number()]) }),
}

test.each(Object.entries(schemas))('%s', (_name, schema) => {
  const fitted = fitSchema(z.toJSONSchema(schema))
  expect(schema.safeParse(fitted).error).toBeUndefined()
  expect(fitSchema(z.toJSONSchema(schema))).toEqual(fitted)
})

test('references are followed, and a schema of itself ends', () => {
  const tree = {
    type: 'object',
    properties: { label: { type: 'string' }, children: { type: 'array', items: { $ref: '#' } }, kind: { $ref: '#/$defs/kind' } },
    required: ['label'],
    $defs: { kind: { enum: ['leaf', 'branch'] } },
  }
  expect(fitSchema(tree)).toMatchObject({ label: 'demonstração', kind: 'leaf', children: [{ label: 'demonstração' }] })
})

test("Gemini's capital types and allOf are understood", () => {
  expect(fitSchema({ type: 'OBJECT', properties: { n: { type: 'INTEGER' } } })).toEqual({ n: 1 })
  const parts = [
    { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] },
    { properties: { b: { const: 2 } }, required: ['b'] },
  ]
  expect(fitSchema({ allOf: parts })).toEqual({ a: true, b: 2 })
})
