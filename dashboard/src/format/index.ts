export { isAbove, subtract, sum } from './amounts.ts'
export { type DateRange, type DateRangePreset, rangeOf, useDateRangeInUrl } from './date-range.ts'
export { type Amount, createFormat, type Format } from './format.ts'
export { useFormat, ZoneContext } from './use-format.ts'
