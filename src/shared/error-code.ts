/** What Node or PostgreSQL calls an error (`ENOENT`, `57P03`); empty where it has no code. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
