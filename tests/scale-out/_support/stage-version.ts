import { cp, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { thisVersion } from './start-up.ts'

/** The next version: this one, with one migration more. A folder that the caller removes. */
export async function stageVersion(migration: { file: string; sql: string }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'catraca-next-version-'))
  await cp(join(thisVersion, 'src'), join(folder, 'src'), { recursive: true })
  await cp(join(thisVersion, 'package.json'), join(folder, 'package.json'))
  await mkdir(join(folder, 'supabase'))
  await cp(join(thisVersion, 'supabase/migrations'), join(folder, 'supabase/migrations'), { recursive: true })
  await symlink(join(thisVersion, 'node_modules'), join(folder, 'node_modules'), 'dir')
  await writeFile(join(folder, 'supabase/migrations', migration.file), migration.sql)
  return folder
}
