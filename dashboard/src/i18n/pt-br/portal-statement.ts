export const portalStatement = {
  title: 'Extrato',
}
