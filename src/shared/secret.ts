import { inspect } from 'node:util'

const printed = '[secret]'

/** A value that prints as `[secret]` wherever it is logged, serialised or thrown. `openSecret` is the only way in. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  static open<T>(secret: Secret, use: (value: string) => T): T {
    return use(secret.#value)
  }

  toString(): string {
    return printed
  }

  toJSON(): string {
    return printed
  }

  [inspect.custom](): string {
    return printed
  }
}

/**
 * Lends the plain value to `use` and returns what that returns.
 *
 * @example
 * const answer = await openSecret(config.providerKeys.openai, (key) => send({ authorization: `Bearer ${key}` }))
 */
export function openSecret<T>(secret: Secret, use: (value: string) => T): T {
  return Secret.open(secret, use)
}
