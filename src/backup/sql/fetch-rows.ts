export const fetchRows = (count: number): string => `fetch forward ${count} from backup_rows`
