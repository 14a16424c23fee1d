import { EllipsisVertical } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Item } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuSeparator, DropdownMenuTrigger } from '../../ui/dropdown-menu.tsx'

export type UserRow = Item<'GET /users'>
export type UserAct = 'changeRole' | 'resetLink' | 'sessions' | 'removeTwoFactor' | 'disable' | 'enable' | 'remove'

/** What may be done with a user; readers may only look at the sessions. */
export function UserMenu({ user, onAct }: { user: UserRow; onAct(act: UserAct): void }) {
  const { t } = useTranslation('users')
  const canEdit = useCanEdit()
  const item = (act: UserAct, isDanger = false) => (
    <DropdownMenuItem isDanger={isDanger} onSelect={() => onAct(act)}>
      {t(`menu.${act}`)}
    </DropdownMenuItem>
  )
  return (
    <DropdownMenu modal={false}>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={t('open', { name: user.name })}>
          <EllipsisVertical aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        {item('sessions')}
        {canEdit && (
          <>
            {item('changeRole')}
            {item('resetLink')}
            {user.two_factor && item('removeTwoFactor')}
            <DropdownMenuSeparator />
            {user.disabled_at === null ? item('disable') : item('enable')}
            {item('remove', true)}
          </>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
