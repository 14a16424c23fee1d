type Locale = 'pt-BR' | 'en'

/** What we say ourselves, to contacts and to the model, in the client's language. */
export const words = {
  'pt-BR': {
    systemPrompt: 'Você atende pelo WhatsApp. Responda em português, de forma breve e gentil, em texto simples.',
    refusal: 'O limite de uso deste atendimento foi atingido. Por favor, tente de novo mais tarde.',
    unanswerable: 'Não posso responder a esta mensagem.',
    unreadable: 'Não consigo ler este arquivo. Pode escrever o que precisa?',
    video: 'Não consigo ver vídeos. Pode escrever o que precisa?',
    handOff: 'Vou passar você para uma pessoa da equipe. Aguarde, por favor.',
    image: '[imagem]',
    sticker: '[figurinha]',
    audio: '[áudio]',
    unreadAudio: '[áudio que não pôde ser transcrito]',
    unreadFile: '[arquivo que não pôde ser lido]',
    unread: (kind: string, name: string | undefined) =>
      `[${kind}${name === undefined ? '' : ` "${name}"`}: recebido, mas não pode ser lido aqui]`,
    noBudget: 'Nenhum orçamento está definido.',
    periods: { daily: 'diário', weekly: 'semanal', monthly: 'mensal' },
    budget: (period: string, used: string, limit: string, percent: string, reset: string) =>
      `Orçamento ${period}: ${used} de ${limit} (${percent}). Renova em ${reset}.`,
  },
  en: {
    systemPrompt: 'You answer on WhatsApp. Be brief and kind, in plain text.',
    refusal: 'The usage limit of this service has been reached. Please try again later.',
    unanswerable: 'I cannot answer this message.',
    unreadable: 'I cannot read this file. Could you write what you need?',
    video: 'I cannot watch videos. Could you write what you need?',
    handOff: 'I am passing you on to a person of our team. One moment, please.',
    image: '[picture]',
    sticker: '[sticker]',
    audio: '[recording]',
    unreadAudio: '[a recording that could not be transcribed]',
    unreadFile: '[a file that could not be read]',
    unread: (kind: string, name: string | undefined) =>
      `[${kind}${name === undefined ? '' : ` "${name}"`}: received, but it cannot be read here]`,
    noBudget: 'There is no budget.',
    periods: { daily: 'Daily', weekly: 'Weekly', monthly: 'Monthly' },
    budget: (period: string, used: string, limit: string, percent: string, reset: string) =>
      `${period} budget: ${used} of ${limit} (${percent}). Resets at ${reset}.`,
  },
} as const satisfies Record<Locale, unknown>
