import { explainCall } from '../gateway/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { renderExplanation } from './render-explanation.ts'
import { answer } from './terminal.ts'
import { withStore } from './with-store.ts'

export const addExplainCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('explain')
    .description('how one call came to its cost: tokens × price, rate, attempts, and the budgets it moved or holds')
    .argument('<call>', "the call's id (header x-catraca-call-id), or a provider's request id")
  example(
    withJson(onStore(command)),
    'npx catraca explain 019aa0c4-7a52-7d1c-8f3e-2f6d5b1c9e10',
    'npx catraca explain req_0123456789 --json',
  ).action((id: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const explanation = await explainCall(owner, id)
      answer(terminal, options, explanation, () => renderExplanation(explanation, terminal))
    }),
  )
}
