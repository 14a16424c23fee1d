import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'

const { CATRACA_URL = 'http://127.0.0.1:3000', CATRACA_KEY = '' } = process.env

const account = { apiKey: CATRACA_KEY, configuration: { baseURL: `${CATRACA_URL}/v1` } }

const model = new ChatOpenAI({ ...account, model: 'openai/gpt-4o-mini' })
console.log((await model.invoke('Diga oi')).text)

const embeddings = new OpenAIEmbeddings({ ...account, model: 'openai/text-embedding-3-small' })
console.log(`${(await embeddings.embedQuery('Oi')).length} números`)
