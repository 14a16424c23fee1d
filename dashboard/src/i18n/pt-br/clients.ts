export const clients = {
  title: 'Clientes',
}
