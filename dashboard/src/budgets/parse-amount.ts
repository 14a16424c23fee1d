export type BudgetType = 'brl' | 'usd' | 'tokens'
export type BudgetPeriod = 'daily' | 'weekly' | 'monthly'
export type AmountProblem = 'required' | 'number' | 'positive' | 'large' | 'whole' | 'decimals'

/** What was typed, as the gateway's decimal text: `1.250,50` in Portuguese and `1,250.50` in English are `1250.50`. Undefined: no number. */
export function parseAmount(text: string, language: string): string | undefined {
  const typed = text.replace(/^\s*(?:R\$|US\$|\$)/, '').replace(/[\s\u00a0]/g, '')
  const [group, decimal] = language.startsWith('pt') ? ['.', ','] : [',', '.']
  const grouped = new RegExp(`^\\d{1,3}(?:\\${group}\\d{3})+(?:\\${decimal}\\d+)?$`)
  if (grouped.test(typed)) return typed.replaceAll(group, '').replace(decimal, '.')
  return /^-?\d+(?:[.,]\d+)?$/.test(typed) ? typed.replace(',', '.') : undefined
}

/** The gateway's own rules for a limit, told at the field. */
export function amountProblem(text: string, type: BudgetType, language: string): AmountProblem | undefined {
  if (text.trim() === '') return 'required'
  const amount = parseAmount(text, language)
  if (amount === undefined) return 'number'
  const fraction = (amount.split('.')[1] ?? '').replace(/0+$/, '')
  if (Number(amount) <= 0) return 'positive'
  if (Number(amount) >= 9_000_000_000) return 'large'
  if (type === 'tokens' && fraction !== '') return 'whole'
  return fraction.length > 9 ? 'decimals' : undefined
}

/** A limit as one would type it, to begin an edit with. */
export function typedAmount(value: string | number, language: string): string {
  const text = String(value)
  return language.startsWith('pt') ? text.replace('.', ',') : text
}
