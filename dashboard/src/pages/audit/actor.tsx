import type { Entry } from './entry.ts'
import { useEntryWords } from './use-entry-words.ts'

/** Who did it, and by which way. */
export function Actor({ entry }: { entry: Entry }) {
  const { name, way } = useEntryWords().actor(entry)
  return (
    <>
      <span className="block break-all">{name}</span>
      <span className="block text-muted-foreground">{way}</span>
    </>
  )
}
