import { RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { toast } from '../../ui/toast.tsx'
import { Box } from './box.tsx'
import { ClientBoxes } from './client-boxes.tsx'
import { KeyBox } from './key-box.tsx'
import type { Setup, StepId } from './steps.ts'
import { TestBoxes } from './test-boxes.tsx'
import type { OnlineCheck } from './use-online-check.ts'

export interface StepBoxesProps {
  id: StepId
  setup: Setup
  online: OnlineCheck
  onLookAgain(): void
  isLooking: boolean
  onGoTo(id: StepId): void
}

export function StepBoxes({ id, setup, online, onLookAgain, isLooking, onGoTo }: StepBoxesProps) {
  switch (id) {
    case 'vercel':
      return (
        <>
          <Box setup={setup} number={1} />
          <KeyBox setup={setup} number={2} online={online} />
          <WithoutVercel setup={setup} />
        </>
      )
    case 'providers':
      return ([3, 4, 5, 6] as const).map((number) => <KeyBox key={number} setup={setup} number={number} online={online} />)
    case 'flag':
      return <FlagBoxes setup={setup} onLookAgain={onLookAgain} isLooking={isLooking} />
    case 'vault':
      return <VaultBoxes setup={setup} onGoTo={onGoTo} />
    case 'config':
      return (
        <Box setup={setup} number={11}>
          {!setup.keys.some((key) => key.is_stored) && <ToKeys onGoTo={onGoTo} />}
        </Box>
      )
    case 'client':
      return <ClientBoxes setup={setup} />
    case 'test':
      return <TestBoxes setup={setup} />
  }
}

/** Whoever has keys of the providers needs none of Vercel's. */
function WithoutVercel({ setup }: { setup: Setup }) {
  const { t } = useTranslation('configuration')
  const canEdit = useCanEdit()
  const change = useChange(['config'], (route: 'auto' | 'direct') => api.put('/api/admin/setup/route', { route }))
  const isDirect = setup.route === 'direct'
  const hasKey = setup.keys.some((key) => key.slot === 'gateway' && key.is_stored)
  if (!canEdit || (hasKey && !isDirect)) return null
  const wanted = isDirect ? 'auto' : 'direct'
  return (
    <li className="space-y-2 py-4 pl-8 last:pb-1">
      <p className="text-sm text-muted-foreground">{isDirect ? t('route.isDirect') : t('route.text')}</p>
      <Button
        variant="secondary"
        size="sm"
        isBusy={change.isPending}
        onClick={() => change.mutate(wanted, { onSuccess: () => void toast.success(t(`route.changed.${wanted}`)) })}
      >
        {isDirect ? t('route.auto') : t('route.direct')}
      </Button>
      {change.error && <ErrorNote error={change.error} />}
    </li>
  )
}

const flagLine = 'ENABLE_AI_GATEWAY=true'

function FlagBoxes({ setup, onLookAgain, isLooking }: Pick<StepBoxesProps, 'setup' | 'onLookAgain' | 'isLooking'>) {
  const { t } = useTranslation('configuration')
  return (
    <>
      <Box setup={setup} number={7}>
        {!setup.is_enabled && (
          <ol className="list-decimal space-y-3 pl-5 text-sm">
            <li className="space-y-2">
              <p>{t('flag.write')}</p>
              <CodeLine code={flagLine} label={t('flag.copy')} />
            </li>
            <li className="space-y-2">
              <p>{t('flag.restart')}</p>
              <CodeLine code="npm run up" label={t('flag.copyCommand')} />
            </li>
            <li className="space-y-2">
              <p>{t('flag.look')}</p>
              <Button variant="secondary" size="sm" isBusy={isLooking} onClick={onLookAgain}>
                {!isLooking && <RotateCw aria-hidden />}
                {t('flag.lookAgain')}
              </Button>
            </li>
          </ol>
        )}
      </Box>
      <Box setup={setup} number={8} />
    </>
  )
}

function CodeLine({ code, label }: { code: string; label: string }) {
  return (
    <div className="flex max-w-xl items-center gap-2 rounded-md bg-muted py-1 pr-1 pl-3">
      <code className="min-w-0 flex-1 overflow-x-auto font-mono text-sm">{code}</code>
      <CopyButton value={code} label={label} variant="ghost" size="icon" />
    </div>
  )
}

function VaultBoxes({ setup, onGoTo }: Pick<StepBoxesProps, 'setup' | 'onGoTo'>) {
  const { t } = useTranslation('configuration')
  const stored = setup.keys.filter((key) => key.secret_id !== null)
  return (
    <>
      <Box setup={setup} number={9}>
        {stored.length === 0 && <ToKeys onGoTo={onGoTo} />}
      </Box>
      <Box setup={setup} number={10}>
        {stored.length > 0 && (
          <ul className="max-w-xl space-y-2 text-sm">
            {stored.map((key) => (
              <li key={key.slot} className="flex flex-wrap items-center gap-x-3 rounded-md bg-muted py-1 pr-1 pl-3">
                <span className="w-full text-muted-foreground sm:w-36">{key.display_name}</span>
                <code className="min-w-0 flex-1 font-mono text-xs break-all">{key.secret_id}</code>
                <CopyButton
                  value={key.secret_id ?? ''}
                  label={t('vault.copy', { provider: key.display_name })}
                  variant="ghost"
                  size="icon"
                />
              </li>
            ))}
          </ul>
        )}
      </Box>
    </>
  )
}

function ToKeys({ onGoTo }: Pick<StepBoxesProps, 'onGoTo'>) {
  const { t } = useTranslation('configuration')
  return (
    <Button variant="secondary" size="sm" onClick={() => onGoTo('providers')}>
      {t('vault.toKeys')}
    </Button>
  )
}
