export * from 'catraca/config'
