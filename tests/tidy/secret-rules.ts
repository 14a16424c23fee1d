import { isLockfile, type Rule, type Violation } from './project.ts'

interface Kind {
  what: string
  pattern: RegExp
  /** Where the pattern alone says too little. */
  judge?: (found: string) => boolean
}

/** What real keys look like. Ours and each provider's, and what else an operator has at hand. */
const kinds: readonly Kind[] = [
  {
    what: 'a key of a provider or of ours',
    pattern:
      /\b(?:sk-(?:proj-|ant-|svcacct-|or-)?[A-Za-z0-9_-]{16,}|(?:gsk_|vck_|ctk_|xai-|hf_|r8_|pplx-)[A-Za-z0-9_-]{16,}|AIza[\w-]{16,})/g,
  },
  { what: 'a key of Amazon', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  {
    what: 'a token of GitHub, GitLab, npm, Slack or Meta',
    pattern: /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|xox[abprs]-|EAA)[A-Za-z0-9_-]{24,}/g,
  },
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/g },
  { what: 'a JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}/g },
  { what: 'a password in an address', pattern: /\bpostgres(?:ql)?:\/\/[\w.-]+:[^\s@'"`<$*{:/]{12,}@[\w.-]+/g },
  { what: 'a random text, as keys are', pattern: /[A-Za-z0-9+/_-]{32,}={0,2}/g, judge: isRandom },
]

/** Everybody sees that these are none. */
const madeUp = /test|fake|demo|example|wrong|xxxx|0000/i
/** Base64 of a PNG begins like this: pictures of one pixel. */
const picture = /^iVBORw0KGgo/
/** Bits a character. Words, paths and hexadecimal numbers stay below; 32 random letters and digits are at 4.5 and more. */
const leastEntropy = 4.2

export const secretRules: readonly Rule[] = [
  {
    name: 'no keys',
    check: (project) => [...project.texts].flatMap(([file, text]) => (isLockfile(file) ? [] : judgeText(file, text))),
  },
]

function judgeText(file: string, text: string): Violation[] {
  return text.split('\n').flatMap((line, index) => {
    const found = kinds.find(({ pattern, judge }) =>
      [...line.matchAll(pattern)].some(([match]) => !madeUp.test(match) && (judge === undefined || judge(match))),
    )
    return found ? [{ file, line: index + 1, message: `looks like ${found.what}; write sk-test-… so that everybody sees it is none` }] : []
  })
}

function isRandom(text: string): boolean {
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || (text.match(/\d/g)?.length ?? 0) < 3) return false
  // A path, or words put together.
  if (picture.test(text) || (text.includes('/') && /[a-z]{5}/.test(text))) return false
  return entropy(text) > leastEntropy
}

function entropy(text: string): number {
  const counts = Map.groupBy(text, (character) => character)
  return [...counts.values()].reduce((sum, { length }) => sum - (length / text.length) * Math.log2(length / text.length), 0)
}
