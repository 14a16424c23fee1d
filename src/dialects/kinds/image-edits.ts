import { imageTokens } from '../media-tokens.ts'
import { refuse } from '../refuse.ts'
import { formKind } from './form-kind.ts'
import { createImagesTap, readImages } from './images.ts'

const fileNames = new Set(['image', 'image[]', 'mask'])

/** `POST /v1/images/edits`, as a form: https://platform.openai.com/docs/api-reference/images/createEdit */
export const imageEdits = formKind({
  kind: 'image-edits',
  apiType: 'image',
  read(fields, files) {
    if (!files.some(({ name }) => name !== 'mask')) throw refuse('image', 'image must be a file')
    const stray = files.find(({ name }) => !fileNames.has(name))
    if (stray) throw refuse(stray.name, 'only image, image[] and mask are files')
    const { n, partial_images: partialImages } = fields
    const numbers = { n: n && Number(n), partial_images: partialImages && Number(partialImages) }
    return readImages({ ...fields, ...numbers }, files.length * imageTokens(undefined))
  },
  createTap: createImagesTap,
})
