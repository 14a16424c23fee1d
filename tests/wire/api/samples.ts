/** A picture, a document and a sound of next to nothing, as base64. */
export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
export const pdf = Buffer.from('%PDF-1.4\n/Type /Page\n').toString('base64')
export const sound = Buffer.from('RIFF').toString('base64')

export const schema = { type: 'object', properties: { dia: { type: 'string' } }, required: ['dia'], additionalProperties: false }
