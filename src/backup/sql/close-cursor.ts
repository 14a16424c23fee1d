export const closeCursor = 'close backup_rows'
