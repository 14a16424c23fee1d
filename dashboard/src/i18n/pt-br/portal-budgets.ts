export const portalBudgets = {
  title: 'Orçamentos',
}
