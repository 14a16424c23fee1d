export const usage = {
  title: 'Uso',
}
