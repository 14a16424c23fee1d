import { UserPlus, Users } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useChange } from '../../api/index.ts'
import { useCanEdit, useUser } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { columnsOf, DataTable, ListFilter, ListSearch, useList } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { toast } from '../../ui/toast.tsx'
import { InvitationsCard } from './invitations-card.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { useRoleText } from './use-role-text.ts'
import { UserActs, type UserActsProps } from './user-acts.tsx'
import { type UserAct, UserMenu, type UserRow } from './user-menu.tsx'

const column = columnsOf<UserRow>()

export function UsersPage() {
  const { t } = useTranslation('users')
  const canEdit = useCanEdit()
  const [isInviting, setInviting] = useState(false)
  const invite = canEdit && (
    <Button onClick={() => setInviting(true)}>
      <UserPlus aria-hidden />
      {t('invite.action')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('title')} description={t('text')} {...(invite && { actions: invite })} />
      <div className="space-y-8">
        <UsersTable empty={<EmptyState icon={Users} title={t('empty.title')} text={t('empty.text')} action={invite} />} />
        <InvitationsCard />
      </div>
      <InviteDialog isOpen={isInviting} onOpenChange={setInviting} />
    </>
  )
}

function UsersTable({ empty }: { empty: React.ReactNode }) {
  const { t } = useTranslation('users')
  const [acting, setActing] = useState<Omit<UserActsProps, 'onClose'>>()
  const enable = useChange(['config'], (user: UserRow) => api.post(`/api/admin/users/${user.id}/enable`))
  const list = useList<UserRow>('/api/admin/users', {
    topic: 'config',
    sort: { by: 'email', order: 'asc' },
    filters: ['search', 'role', 'state'],
  })
  const onAct = (user: UserRow, act: UserAct) => {
    if (act !== 'enable') return setActing({ user, act })
    enable.mutateAsync(user).then(
      () => toast.success(t('enabled', { name: user.name })),
      (error: Error) => toast.error(error.message),
    )
  }
  const columns = useColumns(onAct)
  const roles = (['admin', 'viewer', 'client'] as const).map((role) => ({ value: role, label: t(`role.${role}`) }))
  const states = (['active', 'disabled'] as const).map((state) => ({ value: state, label: t(`state.${state}`) }))
  return (
    <>
      <DataTable
        label={t('title')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        empty={empty}
        filters={
          <>
            <ListSearch list={list} name="search" label={t('search')} />
            <ListFilter list={list} name="role" label={t('role.label')} options={roles} />
            <ListFilter list={list} name="state" label={t('state.label')} gender="feminine" options={states} />
          </>
        }
      />
      {acting && <UserActs {...acting} onClose={() => setActing(undefined)} />}
    </>
  )
}

function useColumns(onAct: (user: UserRow, act: UserAct) => void) {
  const { t } = useTranslation('users')
  const format = useFormat()
  const roleText = useRoleText()
  const { id: own } = useUser()
  // biome-ignore lint/correctness/useExhaustiveDependencies: onAct and roleText are made anew each time, and do the same
  return useMemo(
    () =>
      column.columns([
        column.accessor('name', {
          header: t('columns.user'),
          meta: { isTitle: true, sort: 'name' },
          cell: ({ row: { original: user } }) => (
            <div className="min-w-0">
              <p className="flex flex-wrap items-center gap-2">
                {user.name}
                {user.id === own && <Badge tone="accent">{t('you')}</Badge>}
              </p>
              <p className="font-normal break-all text-muted-foreground">{user.email}</p>
            </div>
          ),
        }),
        column.accessor('role', {
          header: t('columns.role'),
          cell: ({ row: { original: user } }) => roleText(user),
        }),
        column.accessor('disabled_at', {
          header: t('columns.state'),
          cell: (cell) =>
            cell.getValue() === null ? <Badge tone="success">{t('state.active')}</Badge> : <Badge>{t('state.disabled')}</Badge>,
        }),
        column.accessor('two_factor', {
          header: t('columns.twoFactor'),
          cell: (cell) => (cell.getValue() ? t('twoFactor.on') : <span className="text-muted-foreground">{t('twoFactor.off')}</span>),
        }),
        column.accessor('last_log_in_at', {
          header: t('columns.lastLogIn'),
          meta: { sort: 'last_log_in_at' },
          cell: (cell) => {
            const at = cell.getValue()
            return at === null ? (
              <span className="text-muted-foreground">{t('never')}</span>
            ) : (
              <time dateTime={at} title={format.dateTime(at)}>
                {format.relative(at)}
              </time>
            )
          },
        }),
        column.display({
          id: 'actions',
          header: () => <span className="sr-only">{t('columns.actions')}</span>,
          meta: { align: 'end', isUnlabelled: true },
          cell: ({ row: { original: user } }) => <UserMenu user={user} onAct={(act) => onAct(user, act)} />,
        }),
      ]),
    [t, format, own],
  )
}
