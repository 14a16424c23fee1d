/**
 * How the process of a gateway is started, so that it stays small: what each of these is worth stands in docs/decisions/0038-memory.md.
 * V8 would let the heap grow to several times what is in it, and glibc would keep an arena for each thread. deploy/Dockerfile says the same.
 */
export const gatewayProcess = {
  flags: ['--max-semi-space-size=8', '--initial-old-space-size=48', '--heap-growing-percent=50'],
  env: { MALLOC_ARENA_MAX: '2' },
}
