export const configuration = {
  title: 'Configuração',
}
