import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config/index.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('.env.example', () => {
  const example = read('.env.example')
  const shown = new Map([...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))

  it('names every variable of the configuration', () => {
    const known = [...read('src/config/config.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map(([, name]) => name)
    expect(known.length).toBeGreaterThan(20)
    expect(known.filter((name) => !shown.has(name ?? ''))).toEqual([])
  })

  it('shows the defaults as they are', () => {
    const withDefaults = Object.fromEntries([...shown].filter(([name, value]) => value !== '' && name !== 'DATABASE_URL'))
    expect(readConfig(withDefaults)).toEqual(readConfig({ ENABLE_AI_GATEWAY: 'true' }))
  })

  it('turns the gateway on when it is copied, and changes nothing else', () => {
    expect(parse(example)).toEqual({ ENABLE_AI_GATEWAY: 'true' })
  })
})
