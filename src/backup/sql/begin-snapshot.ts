/** First in its transaction. Everything read after it is of one moment, and nothing is locked against writers. */
export const beginSnapshot = `set transaction isolation level repeatable read, read only`
