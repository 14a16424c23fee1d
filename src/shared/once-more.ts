import { errorCode } from './error-code.ts'

/**
 * Makes a statement or transaction once more, up to `mostTries` times, where the database ended it for another's sake: a deadlock, a budget made that
 * instant (class 40). Nothing of it was committed. `pause` comes before each further try; `passing` tells other errors that are over as soon.
 */
export async function onceMore<T>(
  mostTries: number,
  run: () => Promise<T>,
  options: { passing?: string; pause?: (attempt: number) => Promise<void> } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      const code = errorCode(error)
      if (attempt >= mostTries || !(code.startsWith('40') || code === options.passing)) throw error
      await options.pause?.(attempt)
    }
  }
}
