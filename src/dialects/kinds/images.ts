import { isRecord } from '../../shared/is-record.ts'
import { BodyTap, malformedAnswer } from '../body-tap.ts'
import type { AnswerReport, AnswerTap, ParsedRequest } from '../dialect.ts'
import { optionalInteger } from '../read-body.ts'
import { refuse } from '../refuse.ts'
import { errorOf, mediaUsage } from './answer.ts'
import { asksStream, type Body, type Demand, jsonKind, optionalText, requiredText, textTokens } from './json-kind.ts'
import { isEventStream, MediaStreamTap, type ReadEvent } from './media-stream-tap.ts'

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
/** What each picture on the way costs beside the whole one: https://platform.openai.com/docs/guides/image-generation#partial-images-cost */
const partialImageTokens = 100
const mostPartialImages = 3

/** `POST /v1/images/generations`: https://platform.openai.com/docs/api-reference/images/create */
export const images = jsonKind({
  kind: 'images',
  apiType: 'image',
  read: (body) => readImages(body, 0),
  createTap: createImagesTap,
})

/** `inputTokens` is what the pictures that came with the prompt count at most. */
export function readImages(body: Body, inputTokens: number): Demand {
  const n = optionalInteger(body.n, 'n', mostImages) ?? 1
  const stream = asksStream(body)
  // Which of several is meant, and which of their usages counts, no event says.
  if (stream && n > 1) throw refuse('n', 'one picture is streamed at a time: leave n out, or stream')
  const partialImages = body.partial_images === 0 ? 0 : (optionalInteger(body.partial_images, 'partial_images', mostPartialImages) ?? 0)
  const [width = 0, height = 0] = (optionalText(body, 'size') ?? '').split('x').map(Number)
  const scale = Math.max(1, (width * height) / usualPixels || 1)
  return {
    inputTokens: textTokens(requiredText(body, 'prompt')) + inputTokens,
    outputTokens:
      Math.ceil((tokensOfQuality.get(optionalText(body, 'quality') ?? '') ?? dearestTokens) * scale) + partialImages * partialImageTokens,
    choices: n,
    units: { images: n },
    stream,
  }
}

export function createImagesTap({ stream, maxOutputTokens = 0, choices }: ParsedRequest, contentType: string | undefined): AnswerTap {
  // A picture that has begun may be billed whole, whatever is seen of it.
  const noteDrawn = (report: AnswerReport, images: number) => {
    report.outputBytes += images
    if (images > 0) report.outputPieces = maxOutputTokens * choices
  }
  if (stream && isEventStream(contentType)) return new MediaStreamTap((event, report) => readEvent(event, report, noteDrawn))
  return new BodyTap((body, report) => {
    if (!isRecord(body) || !Array.isArray(body.data)) return errorOf(body) ?? malformedAnswer('has no images')
    report.usage = mediaUsage(body.usage)
    report.units = { images: body.data.length }
    noteDrawn(report, body.data.length)
    return undefined
  })
}

/** https://platform.openai.com/docs/api-reference/images-streaming, of generations and of edits. */
function readEvent(
  { type, usage }: Record<string, unknown>,
  report: AnswerReport,
  noteDrawn: (report: AnswerReport, images: number) => void,
): ReturnType<ReadEvent> {
  if (type === 'image_generation.completed' || type === 'image_edit.completed') {
    report.usage = mediaUsage(usage)
    report.units = { images: 1 }
    noteDrawn(report, 1)
    return 'end'
  }
  if (type !== 'image_generation.partial_image' && type !== 'image_edit.partial_image') return undefined
  noteDrawn(report, 1)
  return 'content'
}
