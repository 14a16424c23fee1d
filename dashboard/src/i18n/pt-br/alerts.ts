export const alerts = {
  title: 'Alertas',
}
