import { describe, expect, it } from 'vitest'
import { readUsageCsv } from './read-usage-csv.ts'

const of = { provider: 'groq', first: '2026-11-21', last: '2026-11-22' }
const read = (text: string, more: Partial<typeof of> | { provider: undefined } = {}) => readUsageCsv(text, { ...of, ...more })

describe('readUsageCsv', () => {
  it('reads an export with commas, quotes and a byte order mark', () => {
    const text =
      '\uFEFFDate,Model,"Input Tokens",cached_tokens,output_tokens,Requests,cost_usd\r\n2026-11-21,"a ""b"", c","1,234",0,7,2,0.5\r\n\r\n'
    expect(read(text)).toEqual({
      usage: [
        { provider: 'groq', model: 'a "b", c', calls: 2, inputTokens: 1234, cachedTokens: 0, outputTokens: 7, costUsd: 500_000_000n },
      ],
      otherDays: 0,
      hasDates: true,
    })
  })

  it('reads a Brazilian spreadsheet', () => {
    const text =
      'Data;Provedor;Modelo;Tokens de entrada;Tokens de saída;Custo\n21/11/2026;Groq;llama;1.234.567;89;"1.234,56"\n23/11/2026;Groq;llama;1;1;1\n'
    const { usage, otherDays } = read(text, { provider: undefined })
    expect(usage).toMatchObject([
      { provider: 'groq', model: 'llama', inputTokens: 1_234_567, outputTokens: 89, costUsd: 1_234_560_000_000n },
    ])
    expect(otherDays).toBe(1)
  })

  it('leaves untold what a cell leaves empty, and takes rows without dates as asked for', () => {
    const { usage, hasDates } = read('model,input_tokens,cost\nllama,,1.2e-05\n')
    expect(hasDates).toBe(false)
    expect(usage).toMatchObject([{ inputTokens: undefined, costUsd: 12_000n }])
  })

  it.each([
    ['0,5', ';', 500_000_000n],
    ['0.5', ';', 500_000_000n],
    ['1,2345', ';', 1_234_500_000n],
    ['1,234', ';', 1_234_000_000n],
    ['1.234', ',', 1_234_000_000n],
    ['0,123', ',', 123_000_000n],
    ['0.123', ';', 123_000_000n],
    ['US$ 3', ',', 3_000_000_000n],
    ['1,234.50', ',', 1_234_500_000_000n],
    ['1.234', ';', undefined],
    ['1,234', ',', undefined],
    ['1.23.4', ',', undefined],
    ['R$ 3', ',', undefined],
    ['-3', ',', undefined],
  ])('reads the cost %s beside "%s" as %s nano-dollars', (cost, delimiter, nanos) => {
    const text = `model${delimiter}cost_usd\nllama${delimiter}"${cost}"\n`
    if (nanos === undefined) expect(() => read(text)).toThrow(/^--csv, line 2, column 7: /)
    else expect(read(text).usage[0]?.costUsd).toBe(nanos)
  })

  it.each<[string, string | RegExp]>([
    ['', 'the file is empty'],
    ['name,cost\na,1', /^--csv, line 1, column 1: no column is named model/],
    ['model,notes\na,1', /no column has tokens/],
    ['model,model_id,cost\na,b,1', /^--csv, line 1, column 7: a second column for model/],
    ['model,cost\na,1,2', /^--csv, line 2, column 5: 3 cells where the first line has 2/],
    ['model,cost\n"a\nb",1\nc,x', /^--csv, line 4, column 3: "x" is no amount/],
    ['model,cost\na,"1', /^--csv, line 2, column 3: a quote stands/],
    ['model,cost\na"b,1', /^--csv, line 2, column 1: a quote stands/],
    ['model,cost\n,1', /^--csv, line 2, column 1: the model is missing/],
    ['model,requests\na,1.5', /^--csv, line 2, column 3: "1.5" is no whole number/],
    ['date,model,cost\n11/21/2026,a,1', /^--csv, line 2, column 1: "11\/21\/2026" is no day/],
    ['date,model,cost\n2026-02-30,a,1', /is no day/],
    ['date;model;cost\n11/21/2026;a;1', /is no day/],
  ])('refuses %j', (text, why) => {
    expect(() => read(text)).toThrow(why)
  })

  it('must know whose numbers they are', () => {
    expect(() => read('model,cost\na,1', { provider: undefined })).toThrow('--provider')
    expect(() => read('model,provider,cost\na,,1', { provider: undefined })).toThrow('the provider is missing')
  })
})
