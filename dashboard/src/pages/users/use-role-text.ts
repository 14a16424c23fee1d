import { useTranslation } from 'react-i18next'
import type { Item } from '../../api/index.ts'

/** "Administrador", "Cliente de padaria". */
export function useRoleText(): (user: Pick<Item<'GET /users'>, 'role' | 'client'>) => string {
  const { t } = useTranslation('users')
  return ({ role, client }) => (client === null ? t(`role.${role}`) : t('role.of', { client }))
}
