import { expect, it } from 'vitest'
import { countBoxes } from './count-boxes.ts'

const check = (number: number | null, status: 'pass' | 'fail' | 'by_hand') => ({ number, name: '', status, detail: '', fix: null })

it('counts as ready what the page of the configuration counts, and finds amiss only what fails', () => {
  const some = [check(1, 'by_hand'), check(2, 'pass'), check(3, 'by_hand'), check(null, 'pass')]
  expect(countBoxes([...some, check(4, 'fail')])).toEqual({ done: 1, all: 4, isAmiss: true })
  expect(countBoxes(some)).toEqual({ done: 1, all: 3, isAmiss: false })
})
