import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type ApiError, api } from '../../api/index.ts'
import { useAuthErrors } from '../../auth/auth-errors.ts'
import { AuthForm } from '../../auth/auth-form.tsx'
import { AuthSkeleton } from '../../auth/auth-skeleton.tsx'
import { DeadEnd, IncompleteLink } from '../../auth/dead-end.tsx'
import { EmailField, NameField, NewPasswordField } from '../../auth/fields.tsx'
import type { Role } from '../../auth/index.ts'
import { useFinishSignIn } from '../../auth/use-finish-sign-in.ts'
import { useLinkToken } from '../../auth/use-link-token.ts'
import { useFormat } from '../../format/index.ts'
import { PageHeader } from '../../ui/page-header.tsx'

interface Invitation {
  email: string
  role: Role
  /** The name of the client whose figures the user will see. */
  client: string | null
  expiresAt: string
}

export function InvitationPage() {
  const token = useLinkToken()
  return token === undefined ? <IncompleteLink /> : <Invited token={token} />
}

function Invited({ token }: { token: string }) {
  const { t } = useTranslation('auth')
  const errorsOf = useAuthErrors()
  // Asked once: it counts as a try to guess a link.
  const { data, error } = useQuery<Invitation, ApiError>({
    queryKey: ['session', 'invitation', token],
    queryFn: () => api.post<Invitation>('/api/auth/invitation', { token }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (data) return <Accept token={token} invitation={data} />
  if (!error) return <AuthSkeleton />
  if (error.status === 404) return <DeadEnd title={t('invitation.voidTitle')} text={t('invitation.voidText')} />
  return <DeadEnd title={t('invitation.failed')} text={errorsOf(error)[''] ?? ''} />
}

function Accept({ token, invitation }: { token: string; invitation: Invitation }) {
  const { t } = useTranslation('auth')
  const format = useFormat()
  const finish = useFinishSignIn()
  const { email, role, client, expiresAt } = invitation
  const accept = async ({ name = '', newPassword = '' }: Record<string, string>) => {
    await api.post('/api/auth/accept-invitation', { token, name, password: newPassword })
    await finish()
  }
  return (
    <>
      <PageHeader title={t('invitation.title')} description={t('invitation.text')} />
      <dl className="mb-6 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 rounded-md bg-muted px-4 py-3 text-sm">
        <dt className="text-muted-foreground">{t('invitation.access')}</dt>
        <dd>{t(`invitation.roles.${role}`, { client: client ?? '' })}</dd>
        <dt className="text-muted-foreground">{t('invitation.validUntil')}</dt>
        <dd>{format.dateTime(expiresAt)}</dd>
      </dl>
      <AuthForm submit={t('invitation.submit')} onSubmit={accept}>
        <EmailField value={email} />
        <NameField />
        <NewPasswordField />
      </AuthForm>
    </>
  )
}
