export { type Config, readConfig } from './config.ts'
export { type Env, readEnv } from './env.ts'
export { findIgnoredSettings } from './find-ignored-settings.ts'
