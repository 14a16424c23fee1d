export const setSequence = 'select setval($1::regclass, $2::bigint, $3)'
