import type { Answer } from '../../api/index.ts'

/** A number of a client's. */
export type Channel = Answer<'GET /whatsapp/channels'>[number]
