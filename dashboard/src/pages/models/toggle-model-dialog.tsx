import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useChange } from '../../api/index.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { toast } from '../../ui/toast.tsx'
import type { Model } from './model.ts'

/** Off, a model refuses calls as if it were unknown; nothing of it is lost. */
export function ToggleModelDialog({ model, onClose }: { model: Model | undefined; onClose(): void }) {
  const { t } = useTranslation('models')
  const shown = useRef(model)
  if (model) shown.current = model
  const { id = '', gateway_identifier: name = '', is_active: isActive = true } = shown.current ?? {}
  const change = useChange(['config'], () => api.patch(`/api/admin/models/${id}`, { is_active: !isActive }))
  const words = isActive ? 'disable' : 'enable'
  return (
    <ConfirmDialog
      isOpen={model !== undefined}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t(`${words}.title`, { model: name })}
      description={t(`${words}.text`)}
      action={t(`${words}.action`)}
      isDanger={isActive}
      onConfirm={() => change.mutateAsync().then(() => toast.success(t(`${words}.done`, { model: name })))}
    />
  )
}
