export { type BackupHead, type BackupReport, type TableSum, writeBackup } from './backup.ts'
export { type RestoreReport, restoreBackup } from './restore.ts'
