import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { answer } from './terminal.ts'
import { withStore } from './with-store.ts'

export const addMigrateCommand: AddCommands = (program, terminal) => {
  const command = program.command('migrate').description('bring the database up to date with supabase/migrations')
  example(
    withJson(onStore(command)),
    'npx catraca migrate',
    'DATABASE_URL=postgres://user:password@host/database npx catraca migrate',
  ).action((options: CommandOptions) =>
    // Opening the store migrates: no command works on an old schema.
    withStore(terminal, options, async ({ migrated }) => {
      answer(terminal, options, { applied: migrated }, () =>
        migrated.length === 0 ? 'The database is up to date; nothing to apply.' : migrated.map((name) => `applied ${name}`).join('\n'),
      )
    }),
  )
}
