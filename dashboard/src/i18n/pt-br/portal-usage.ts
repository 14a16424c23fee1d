export const portalUsage = {
  title: 'Uso',
}
