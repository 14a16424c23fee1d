import { BodyTap, malformedAnswer } from '../body-tap.ts'
import { isRecord } from '../is-record.ts'
import { optionalInteger } from '../read-body.ts'
import { errorOf, mediaUsage } from './answer.ts'
import { type Body, type Demand, jsonKind, optionalText, refuseStream, requiredText, textTokens } from './json-kind.ts'

const mostImages = 10
/**
 * Output tokens of a picture of 1024×1536, the dearest of the usual sizes, by its quality:
 * https://platform.openai.com/docs/guides/image-generation#cost-and-latency. Larger ones count by their pixels.
 */
const tokensOfQuality: ReadonlyMap<string, number> = new Map([
  ['low', 408],
  ['medium', 1_584],
])
const dearestTokens = 6_240
const usualPixels = 1_024 * 1_536

/** `POST /v1/images/generations`: https://platform.openai.com/docs/api-reference/images/create */
export const images = jsonKind({
  kind: 'images',
  apiType: 'image',
  read: (body) => readImages(body, 0),
  createTap: createImagesTap,
})

/** `inputTokens` is what the pictures that came with the prompt count at most. */
export function readImages(body: Body, inputTokens: number): Demand {
  refuseStream(body, 'images')
  const n = optionalInteger(body.n, 'n', mostImages) ?? 1
  const [width = 0, height = 0] = (optionalText(body, 'size') ?? '').split('x').map(Number)
  const scale = Math.max(1, (width * height) / usualPixels || 1)
  return {
    inputTokens: textTokens(requiredText(body, 'prompt')) + inputTokens,
    outputTokens: Math.ceil((tokensOfQuality.get(optionalText(body, 'quality') ?? '') ?? dearestTokens) * scale),
    choices: n,
    units: { images: n },
  }
}

export function createImagesTap(): BodyTap {
  return new BodyTap((body, report) => {
    if (!isRecord(body) || !Array.isArray(body.data)) return errorOf(body) ?? malformedAnswer('has no images')
    report.usage = mediaUsage(body.usage)
    report.units = { images: body.data.length }
    report.outputBytes = body.data.length
    return undefined
  })
}
