import { MessageCircle } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'

export function ConversationsTab() {
  const { t } = useTranslation('client')
  return (
    <Card>
      <EmptyState
        icon={MessageCircle}
        title={t('conversations.title')}
        text={t('conversations.text')}
        action={
          <Button asChild variant="secondary">
            <Link to="/whatsapp">{t('conversations.action')}</Link>
          </Button>
        }
      />
    </Card>
  )
}
