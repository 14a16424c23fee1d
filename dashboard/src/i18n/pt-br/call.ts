export const call = {
  title: 'Chamada',
}
