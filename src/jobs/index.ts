export { countJobs, type JobCount } from './sql/count-jobs.ts'
export { type Jobs, type JobsOptions, startJobs } from './start-jobs.ts'
