export { type Config, readConfig } from './config.ts'
export { type Env, readEnv } from './env.ts'
