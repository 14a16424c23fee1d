export const client = {
  title: 'Cliente',
}
