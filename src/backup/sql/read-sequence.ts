/** `sequence` is quoted already. */
export const readSequence = (sequence: string): string => `select last_value::text as value, is_called from ${sequence}`
