export const audit = {
  title: 'Auditoria',
}
