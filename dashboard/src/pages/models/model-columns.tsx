import { MoreHorizontal } from 'lucide-react'
import { useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { columnsOf } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuSeparator, DropdownMenuTrigger } from '../../ui/dropdown-menu.tsx'
import { type Model, type Rate, unitPriceOf } from './model.ts'
import { Price } from './price.tsx'

export type ModelAct = 'edit' | 'test' | 'toggle'
type OnAct = (act: ModelAct, model: Model) => void

const column = columnsOf<Model>()

export function useModelColumns(rate: Rate | null | undefined, onAct: OnAct) {
  const { t } = useTranslation('models')
  const format = useFormat()
  const act = useRef(onAct)
  act.current = onAct
  return useMemo(
    () =>
      column.columns([
        column.accessor('gateway_identifier', {
          header: t('columns.model'),
          meta: { isTitle: true, sort: 'identifier' },
          cell: (cell) => <Name model={cell.row.original} onAct={act.current} />,
        }),
        column.accessor('api_type', { header: t('columns.type'), cell: (cell) => t(`apiType.${cell.getValue()}`) }),
        column.accessor('input_price_per_million', {
          header: t('columns.input'),
          meta: { align: 'end', sort: 'input_price' },
          cell: (cell) => <InputPrice model={cell.row.original} rate={rate} />,
        }),
        column.accessor('output_price_per_million', {
          header: t('columns.output'),
          meta: { align: 'end', sort: 'output_price' },
          cell: (cell) => <Price usd={cell.getValue()} rate={rate} />,
        }),
        column.accessor('valid_from', {
          header: t('columns.validity'),
          cell: (cell) => (
            <>
              <span className="block whitespace-nowrap">{format.date(cell.getValue())}</span>
              <span className="block text-xs text-muted-foreground">{t(`source.${cell.row.original.price_source}`)}</span>
            </>
          ),
        }),
        column.accessor('is_active', {
          header: t('columns.state'),
          cell: (cell) => <Badge tone={cell.getValue() ? 'success' : 'neutral'}>{t(cell.getValue() ? 'state.on' : 'state.off')}</Badge>,
        }),
        column.display({
          id: 'acts',
          meta: { isUnlabelled: true, align: 'end' },
          cell: (cell) => <Acts model={cell.row.original} onAct={act.current} />,
        }),
      ]),
    [t, format, rate],
  )
}

function Name({ model, onAct }: { model: Model; onAct: OnAct }) {
  const { t } = useTranslation('models')
  return (
    <>
      <button
        type="button"
        className="text-left font-medium break-all hover:underline focus-visible:underline"
        onClick={() => onAct('edit', model)}
      >
        {model.gateway_identifier}
      </button>
      {model.aliases.length > 0 && (
        <span className="block max-w-72 truncate text-xs font-normal text-muted-foreground" title={model.aliases.join(', ')}>
          {t('alsoCalled', { names: model.aliases.join(', ') })}
        </span>
      )}
    </>
  )
}

function InputPrice({ model, rate }: { model: Model; rate: Rate | null | undefined }) {
  const { t } = useTranslation('models')
  const unit = model.input_price_per_million === null ? unitPriceOf(model) : undefined
  if (unit) return <Price usd={unit.price} rate={rate} unit={t(`unit.${unit.field}`)} />
  return <Price usd={model.input_price_per_million} rate={rate} />
}

function Acts({ model, onAct }: { model: Model; onAct: OnAct }) {
  const { t } = useTranslation('models')
  const canEdit = useCanEdit()
  const isChat = model.api_type === 'chat' && model.is_active
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={t('acts.menu', { model: model.gateway_identifier })}>
          <MoreHorizontal aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuItem onSelect={() => onAct('edit', model)}>{t(canEdit ? 'acts.edit' : 'acts.details')}</DropdownMenuItem>
        {canEdit && isChat && <DropdownMenuItem onSelect={() => onAct('test', model)}>{t('acts.test')}</DropdownMenuItem>}
        {canEdit && isChat && (
          <DropdownMenuItem asChild>
            <Link to={`/playground?model=${encodeURIComponent(model.gateway_identifier)}`}>{t('acts.playground')}</Link>
          </DropdownMenuItem>
        )}
        <DropdownMenuItem asChild>
          <Link to={`/usage?model=${encodeURIComponent(model.gateway_identifier)}`}>{t('acts.usage')}</Link>
        </DropdownMenuItem>
        {canEdit && (
          <>
            <DropdownMenuSeparator />
            <DropdownMenuItem onSelect={() => onAct('toggle', model)}>
              {t(model.is_active ? 'acts.disable' : 'acts.enable')}
            </DropdownMenuItem>
          </>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
