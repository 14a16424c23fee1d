/** What is counted otherwise than in tokens. Whole numbers from 0 up; what is left out is 0. */
export interface MeasuredUnits {
  /** Audio that was listened to, in milliseconds. */
  audioMs?: number
  /** Characters that were spoken. */
  characters?: number
  /** Images that were made. */
  images?: number
}
