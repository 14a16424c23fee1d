export const cookiePrefix = 'catraca'
export const shortestPassword = 12
export const longestPassword = 128
/** What the address of the caller comes in; whatever a caller sends under this name is not passed on. */
export const addressHeader = 'x-catraca-address'
