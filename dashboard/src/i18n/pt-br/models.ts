export const models = {
  title: 'Modelos',
}
