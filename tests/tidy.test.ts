import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { boundRules } from './tidy/bound-rules.ts'
import { allowed, violations } from './tidy/examples.ts'
import { formRules } from './tidy/form-rules.ts'
import { importRules } from './tidy/import-rules.ts'
import { projectOf, type Rule, readProject } from './tidy/project.ts'
import { providerRules } from './tidy/provider-rules.ts'
import { repositoryRules } from './tidy/repository-rules.ts'
import { secretRules } from './tidy/secret-rules.ts'
import { sqlRules } from './tidy/sql-rules.ts'
import { supplyRules } from './tidy/supply-rules.ts'

const rules: readonly Rule[] = [
  ...importRules,
  ...formRules,
  ...boundRules,
  ...providerRules,
  ...sqlRules,
  ...repositoryRules,
  ...secretRules,
  ...supplyRules,
]

function check(rule: Rule, files: Readonly<Record<string, string>>): string[] {
  return rule.check(projectOf(files)).map(({ file, line, message }) => `${file}:${line} ${message}`)
}

function ruleNamed(name: string): Rule {
  const rule = rules.find((candidate) => candidate.name === name)
  if (!rule) throw new Error(`no rule is called ${name}`)
  return rule
}

describe('the repository', () => {
  const project = readProject(dirname(dirname(fileURLToPath(import.meta.url))))

  it('was read', () => {
    expect(project.sources.has('tests/tidy.test.ts')).toBe(true)
    expect(project.texts.has('package.json')).toBe(true)
  })

  it.each(rules.map((rule) => [rule.name, rule] as const))('keeps: %s', (_name, rule) => {
    const found = rule.check(project).map(({ file, line, message }) => `${file}:${line} ${rule.name}: ${message}`)
    expect(found.join('\n')).toBe('')
  })
})

describe('each rule can fail', () => {
  it.each(violations)('$rule: $at', ({ rule, files, at }) => {
    expect(check(ruleNamed(rule), files).join('\n')).toContain(at)
  })

  it('has an example of every rule', () => {
    const shown = new Set(violations.map(({ rule }) => rule))
    expect(rules.filter(({ name }) => !shown.has(name)).map(({ name }) => name)).toEqual([])
  })
})

describe('no rule cries wolf', () => {
  it.each(allowed)('$rule: $why', ({ rule, files }) => {
    expect(check(ruleNamed(rule), files)).toEqual([])
  })
})
