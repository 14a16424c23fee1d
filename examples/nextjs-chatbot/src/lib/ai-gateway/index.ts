export * from 'catraca'
