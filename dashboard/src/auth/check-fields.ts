export type FieldProblem = 'required' | 'email' | 'passwordLength' | 'codeDigits'

/** What the browser finds wrong with a form's fields, by their names: said in our words and at the field, not in a bubble of its own. */
export function checkFields(form: HTMLFormElement): Readonly<Record<string, FieldProblem>> {
  const wrong = inputsOf(form).flatMap((input) => {
    const problem = problemOf(input)
    return problem === undefined ? [] : [[input.name, problem] as const]
  })
  return Object.fromEntries(wrong)
}

export function inputsOf(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.elements].filter((element) => element instanceof HTMLInputElement && element.name !== '') as HTMLInputElement[]
}

function problemOf(input: HTMLInputElement): FieldProblem | undefined {
  const { validity, value, minLength } = input
  if (validity.valueMissing || (input.required && value.trim() === '')) return 'required'
  // Browsers count the length of what was typed only, not of what a password manager filled in.
  if (minLength > 0 && value.length < minLength) return 'passwordLength'
  if (validity.typeMismatch) return 'email'
  return validity.patternMismatch ? 'codeDigits' : undefined
}
