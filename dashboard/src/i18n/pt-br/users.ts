export const users = {
  title: 'Usuários',
}
