import { Code } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '../../ui/tabs.tsx'
import { curlOf, sdkOf } from './snippets.ts'
import { type ChatSettings, requestOf, type Turn } from './use-chat.ts'

/** The last question, or a first one, as code for the client's own programs. */
export function CodeDialog({ settings, turns }: { settings: ChatSettings; turns: readonly Turn[] }) {
  const { t } = useTranslation('playground')
  const [isOpen, setOpen] = useState(false)
  const request =
    turns.at(-1)?.request ??
    requestOf({ ...settings, model: settings.model || 'openai/gpt-4o-mini' }, [{ role: 'user', content: t('code.example') }])
  const { origin } = window.location
  return (
    <>
      <Button variant="secondary" onClick={() => setOpen(true)}>
        <Code aria-hidden />
        {t('code.open')}
      </Button>
      <Dialog isOpen={isOpen} onOpenChange={setOpen} title={t('code.title')} description={t('code.text')} size="lg">
        <Tabs defaultValue="curl">
          <TabsList aria-label={t('code.title')}>
            <TabsTrigger value="curl">curl</TabsTrigger>
            <TabsTrigger value="sdk">OpenAI SDK (TypeScript)</TabsTrigger>
          </TabsList>
          <TabsContent value="curl">
            <CodeBlock code={curlOf(origin, request)} label={t('code.copyCurl')} />
          </TabsContent>
          <TabsContent value="sdk">
            <CodeBlock code={sdkOf(origin, request)} label={t('code.copySdk')} />
          </TabsContent>
        </Tabs>
        {settings.client !== '' && (
          <p className="mt-4 text-sm text-muted-foreground">
            {t('code.key')}{' '}
            <Link to={`/clients/${encodeURIComponent(settings.client)}`} className="text-primary underline underline-offset-4">
              {t('wayOut.client')}
            </Link>
          </p>
        )}
      </Dialog>
    </>
  )
}

function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className="space-y-3">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by keyboard */}
      <pre tabIndex={0} className="max-h-80 overflow-auto rounded-md bg-muted p-4 text-xs leading-5">
        <code>{code}</code>
      </pre>
      <CopyButton value={code} label={label} />
    </div>
  )
}
