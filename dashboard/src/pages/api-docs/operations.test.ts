import { describe, expect, it } from 'vitest'
import { matches, operationsOf, toCurl } from './operations.ts'
import { exampleOf, fieldsOf, limitsText, typeText } from './schema.ts'

const body = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200 },
    role: { type: 'string', enum: ['admin', 'viewer'] },
    limit: { anyOf: [{ type: 'integer', minimum: 1, maximum: 9_007_199_254_740_991 }, { type: 'null' }] },
  },
  required: ['name', 'role'],
}
const [put, get] = operationsOf({
  paths: {
    '/api/admin/users/{user}/role': {
      put: {
        operationId: 'putRole',
        summary: 'Another role',
        tags: ['users'],
        'x-access': 'write',
        security: [{ token: [] }, { session: [] }],
        parameters: [{ name: 'user', in: 'path', required: true, schema: { type: 'string' } }],
        requestBody: { content: { 'application/json': { schema: body } } },
        responses: { 200: { content: { 'application/json': { schema: body } } } },
      },
    },
    '/api/portal/statement': {
      get: {
        operationId: 'getStatement',
        summary: 'A month',
        tags: ['portal'],
        'x-access': 'client',
        security: [{ session: [] }],
        parameters: [{ name: 'month', in: 'query', required: true, schema: { type: 'string', enum: ['2026-11'] } }],
        responses: { 200: {} },
      },
    },
  },
})

describe('the document', () => {
  it('becomes a list of what one can ask', () => {
    expect(put).toMatchObject({ id: 'putRole', method: 'PUT', access: 'write', takesToken: true, answers: [{ type: 'application/json' }] })
    expect(put && matches(put, 'role PUT')).toBe(true)
    expect(put && matches(put, 'role portal')).toBe(false)
  })

  it('is written as a command', () => {
    expect(put && toCurl(put, 'https://ai.example.com')).toBe(
      [
        "curl -X PUT 'https://ai.example.com/api/admin/users/USER/role'",
        '-H "Authorization: Bearer $CATRACA_ADMIN_TOKEN"',
        "-H 'Content-Type: application/json'",
        `-d '{"name":"…","role":"admin"}'`,
      ].join(' \\\n  '),
    )
    expect(get && toCurl(get, 'https://ai.example.com')).toBe(
      `curl 'https://ai.example.com/api/portal/statement?month=2026-11' \\\n  -H "Cookie: catraca.session_token=$SESSION"`,
    )
  })

  it('says what a field is', () => {
    expect(fieldsOf({ type: 'array', items: body }).map(({ name, schema, isRequired }) => [name, typeText(schema), isRequired])).toEqual([
      ['name', 'string', true],
      ['role', '"admin" | "viewer"', true],
      ['limit', 'integer | null', false],
    ])
    expect(typeText({ type: 'array', items: { type: 'string', format: 'date-time' } })).toBe('string (date-time)[]')
    expect(typeText({ type: 'array', items: { anyOf: [{ const: 80 }, { const: 90 }] } })).toBe('(80 | 90)[]')
    expect(limitsText(body.properties.name, 'length')).toEqual(['length ≤ 200'])
    expect(exampleOf({ type: 'array', items: { type: 'boolean' } })).toEqual([true])
  })
})
