export type ProviderId = 'openai' | 'groq' | 'anthropic' | 'google' | 'vercel' | 'ptax'
