export const portalKeys = {
  title: 'Chaves',
}
