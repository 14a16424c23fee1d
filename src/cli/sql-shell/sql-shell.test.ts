import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tests/_support/database.ts'
import { openTextSession } from '../../database/index.ts'
import { generateMasterKey, masterKeyFromText, openVault, type Vault } from '../../vault/index.ts'
import { ScriptStopped, SqlShell } from './sql-shell.ts'

let test: TestDatabase
let vault: Vault

beforeAll(async () => {
  test = await createTestDatabase()
  vault = await openVault({ database: test.database, masterKey: masterKeyFromText(generateMasterKey()) })
})
afterAll(() => test.drop())

async function run(script: string, file?: string): Promise<{ out: string; err: string; failed: boolean; stopped: boolean }> {
  let out = ''
  let err = ''
  const add = (line: string) => {
    err += `${line}\n`
  }
  const session = await openTextSession(test.url, add)
  const shell = new SqlShell({ session, unseal: vault.unsealInto, out: (text) => (out += text), err: add, file })
  let stopped = false
  try {
    for (const line of script.split('\n')) if (!(await shell.read(line))) break
    await shell.finish()
  } catch (error) {
    if (!(error instanceof ScriptStopped)) throw error
    stopped = true
  } finally {
    await session.close()
  }
  return { out, err, failed: shell.failed, stopped }
}

describe('SqlShell', () => {
  it('reads keys that the same script has stored, which a plain session may not', async () => {
    const { out, err } = await run(`select vault.create_secret('sk-test-shell', 'shell_key') as id \\gset
      select decrypted_secret from vault.decrypted_secrets where id = :'id';`)
    expect(err).toBe('')
    expect(out).toContain(' sk-test-shell\n(1 row)')
    await expect(test.database.query('select decrypted_secret from vault.decrypted_secrets')).rejects.toThrow('vault is sealed')
  })

  it('reads keys inside a transaction that the script opened', async () => {
    const { out } = await run(`begin; set transaction isolation level serializable;
      select vault.create_secret('sk-test-inside', 'inside');
      select count(*) as keys from vault.decrypted_secrets where decrypted_secret = 'sk-test-inside';
      rollback;
      select count(*) as keys from vault.secrets where name = 'inside';`)
    expect(out.match(/^ {4}(\d)$/gm)?.map((line) => line.trim())).toEqual(['1', '0'])
  })

  it('undoes a statement that failed, and goes on', async () => {
    const { out, err, failed, stopped } = await run(`create temp table t (id int primary key);
      insert into t values (1), (1);
      select count(*) from t;`)
    expect(out).toContain('     0\n(1 row)')
    expect(err).toContain('ERROR:  duplicate key value violates unique constraint "t_pkey"\nDETAIL:  Key (id)=(1) already exists.')
    expect({ failed, stopped }).toEqual({ failed: true, stopped: false })
  })

  it('stops under ON_ERROR_STOP, with file and line, and not before or after it', async () => {
    const { out, err, stopped } = await run(
      'select 1/0;\n\\set ON_ERROR_STOP on\n\\set ON_ERROR_STOP off\nselect 1/0;\n\\set ON_ERROR_STOP on\nselect * from nope;\nselect 42;',
      'psql:x.sql',
    )
    expect(stopped).toBe(true)
    expect(err).toBe(
      [
        'psql:x.sql:1: ERROR:  division by zero',
        'psql:x.sql:4: ERROR:  division by zero',
        'psql:x.sql:6: ERROR:  relation "nope" does not exist',
        'LINE 1: select * from nope;',
        '                      ^',
        '',
      ].join('\n'),
    )
    expect(out).toBe('')
  })

  it('keeps a failed transaction closed until it is rolled back', async () => {
    const { out, err } = await run('begin; select 1/0; select 1; rollback; select 7 as seven;')
    expect(err).toContain('current transaction is aborted')
    expect(out).toContain(' seven \n-------\n     7\n')
  })

  it('runs what refuses any transaction', async () => {
    expect(await run('vacuum clients;')).toMatchObject({ out: 'VACUUM\n', err: '' })
  })

  it('says what is wrong with \\gset and with commands it does not know', async () => {
    const { err } = await run('select 1 where false \\gset\nselect generate_series(1, 2) \\gset\n\\dt')
    expect(err).toBe(
      'no rows returned for \\gset\nmore than one row returned for \\gset\ninvalid command \\dt (\\? shows those there are)\n',
    )
  })

  it('passes notices on', async () => {
    expect((await run('drop table if exists nope;')).err).toBe('NOTICE:  table "nope" does not exist, skipping\n')
  })

  it('runs the last statement without its semicolon, and ends at \\q', async () => {
    expect((await run('select 1 as one\n\\q\nselect 2')).out).toBe('')
    expect((await run('select 1 as one')).out).toContain('one')
  })
})
