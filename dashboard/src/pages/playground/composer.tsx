import { SendHorizontal, Square } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { Textarea } from '../../ui/input.tsx'

export interface ComposerProps {
  isBusy: boolean
  /** False: it could not be sent, so the text stays. */
  onSend(prompt: string): boolean
  onStop(): void
}

/** Enter sends, Shift+Enter breaks the line. One can write on while an answer comes. */
export function Composer({ isBusy, onSend, onStop }: ComposerProps) {
  const { t } = useTranslation('playground')
  const [text, setText] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const send = (event?: FormEvent) => {
    event?.preventDefault()
    if (isBusy || text.trim() === '') return
    if (onSend(text)) setText('')
    field.current?.focus()
  }
  const key = (event: KeyboardEvent) => {
    // While an accent or a character is being composed, Enter belongs to that.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  return (
    <form onSubmit={send} className="sticky bottom-0 z-10 mt-auto -mx-1 bg-background px-1 pt-2 pb-4">
      <div className="flex items-end gap-2 rounded-lg border border-input bg-card p-2 focus-within:outline-2 focus-within:outline-ring">
        <Textarea
          ref={field}
          rows={2}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={key}
          aria-label={t('composer.label')}
          aria-describedby="composer-keys"
          placeholder={t('composer.placeholder')}
          className="field-sizing-content max-h-48 min-h-12 resize-none border-0 px-2 py-1.5 outline-none focus-visible:outline-none"
        />
        {isBusy ? (
          <Button variant="secondary" onClick={onStop}>
            <Square aria-hidden />
            {t('composer.stop')}
          </Button>
        ) : (
          <Button type="submit" disabled={text.trim() === ''}>
            <SendHorizontal aria-hidden />
            {t('composer.send')}
          </Button>
        )}
      </div>
      <p id="composer-keys" className="mt-1.5 text-xs text-muted-foreground">
        {t('composer.keys')}
      </p>
    </form>
  )
}
