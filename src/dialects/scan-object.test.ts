import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editMembers } from './edit-members.ts'
import { scanObject } from './scan-object.ts'

const latin1 = (json: string) => Buffer.from(json).toString('latin1')

test('finds each outermost member of any object, however it is spaced and escaped', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (object, space) => {
      const json = JSON.stringify(object, null, space)
      const text = latin1(json)
      const { members, tooDeep } = scanObject(text, 1000)
      const read = members.map(({ key, valueStart, end }) => [
        key,
        JSON.parse(Buffer.from(text.slice(valueStart, end), 'latin1').toString()),
      ])
      expect(tooDeep).toBe(false)
      expect(read).toEqual(Object.entries(JSON.parse(json)))
    }),
  )
})

test('leaves out, replaces and adds members as an object would, and keeps the others byte for byte', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.option(fc.jsonValue(), { nil: undefined })),
      (object, edits) => {
        const edited = editMembers(Buffer.from(JSON.stringify(object)), new Map(Object.entries(edits)))
        const expected = { ...object, ...edits }
        expect(JSON.parse(edited.toString())).toEqual(JSON.parse(JSON.stringify(expected)))
      },
    ),
  )
  const raw = Buffer.from('{ "big": 12345678901234567890 , "x":1.0,\n"nome":"a\\u00e7ão" }')
  expect(editMembers(raw, new Map([['x', 'ç']])).toString()).toBe('{"big": 12345678901234567890 ,"x":"\\u00e7","nome":"a\\u00e7ão" }')
})

test('tells a nest that is too deep without reading on', () => {
  expect(scanObject('[['.repeat(101), 200).tooDeep).toBe(true)
  expect(scanObject(`{"a":${'['.repeat(199)}${']'.repeat(199)}}`, 200).tooDeep).toBe(false)
  expect(scanObject(`{"a":${'{"b":'.repeat(200)}1${'}'.repeat(200)}}`, 200).tooDeep).toBe(true)
  expect(scanObject(latin1(JSON.stringify({ text: '[{'.repeat(500), 'a"b\\': 1 })), 200)).toMatchObject({
    tooDeep: false,
    members: [{ key: 'text' }, { key: 'a"b\\' }],
  })
})
