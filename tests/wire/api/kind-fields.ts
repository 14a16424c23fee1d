import { at, dropped, type Endpoint, named, passed, refused, row } from './field.ts'

const audio = 'openai/resources/audio'
const groqAudio = 'groq-sdk/resources/audio'
const images = 'openai/resources/images.d.ts'
const tomorrow = row('a_field_of_tomorrow', 'a', passed, { label: 'any other field' })
const recording = { file: 'a file', prompt: 'MARK' }
const ownUrl = 'a recording that the provider fetches may be of any length'
const hears = { title: 'OpenAI, Groq', models: ['openai/whisper-1', 'groq/whisper-large-v3-turbo'] }

export const embeddingsFields: Endpoint = {
  path: '/v1/embeddings',
  title: 'Embeddings',
  types: [
    ['openai/resources/embeddings.d.ts', 'EmbeddingCreateParams'],
    ['groq-sdk/resources/embeddings.d.ts', 'EmbeddingCreateParams'],
  ],
  columns: [{ title: 'OpenAI, Google, Vercel', models: ['openai/text-embedding-3-small', 'google/gemini-embedding-001'] }],
  viaVercel: 'openai/text-embedding-3-small',
  base: { input: 'MARK' },
  fields: [
    row('input', ['MARK', 'Oi'], passed, 'a text, tokens, or a list of either'),
    row('model', undefined, named, 'required'),
    row('dimensions', 8, passed),
    row('encoding_format', 'float', passed),
    row('user', 'ana', passed),
    tomorrow,
  ],
}

export const transcriptionFields: Endpoint = {
  path: '/v1/audio/transcriptions',
  title: 'Transcriptions',
  types: [
    [`${audio}/transcriptions.d.ts`, 'TranscriptionCreateParamsBase'],
    [`${groqAudio}/transcriptions.d.ts`, 'TranscriptionCreateParams'],
  ],
  columns: [hears],
  base: recording,
  isForm: true,
  note: 'A form; it is written anew, every part as it was.',
  fields: [
    row('file', 'a file', passed),
    row('model', undefined, named, 'required'),
    row('chunking_strategy', 'auto', passed),
    row('include', 'logprobs', passed),
    row('include[]', 'logprobs', passed, { label: '`include[]` and other lists, as the SDKs send them' }),
    row('keywords', 'catraca', passed),
    row('known_speaker_names', 'ana', passed),
    row('known_speaker_references', 'data:audio/wav;base64,AA==', passed),
    row('language', 'pt', passed),
    row('languages', 'pt', passed),
    row('prompt', 'MARK', passed),
    row('response_format', 'verbose_json', passed),
    row('stream', 'false', passed, { label: '`stream` false' }),
    row('stream', 'true', passed, 'models that cannot stream answer whole, as OpenAI’s do'),
    row('temperature', '0.5', passed),
    row('timestamp_granularities', 'word', passed),
    row('url', 'https://example.com/a.wav', refused(), `Groq’s: ${ownUrl}`),
    tomorrow,
  ],
}

export const translationFields: Endpoint = {
  path: '/v1/audio/translations',
  title: 'Translations',
  types: [
    [`${audio}/translations.d.ts`, 'TranslationCreateParams'],
    [`${groqAudio}/translations.d.ts`, 'TranslationCreateParams'],
  ],
  columns: [hears],
  base: recording,
  isForm: true,
  fields: [
    row('file', 'a file', passed),
    row('model', undefined, named, 'required'),
    row('prompt', 'MARK', passed),
    row('response_format', 'verbose_json', passed),
    row('temperature', '0.5', passed),
    row('url', 'https://example.com/a.wav', refused(), `Groq’s: ${ownUrl}`),
    tomorrow,
  ],
}

export const speechFields: Endpoint = {
  path: '/v1/audio/speech',
  title: 'Speech',
  types: [
    [`${audio}/speech.d.ts`, 'SpeechCreateParams'],
    [`${groqAudio}/speech.d.ts`, 'SpeechCreateParams'],
  ],
  columns: [{ title: 'OpenAI, Groq', models: ['openai/tts-1'] }],
  base: { input: 'MARK', voice: 'alloy' },
  fields: [
    row('input', 'MARK', passed),
    row('model', undefined, named, 'required'),
    row('voice', 'alloy', passed),
    row('instructions', 'devagar', passed),
    row('response_format', 'wav', passed),
    row('speed', 2, passed),
    row('sample_rate', 24_000, passed, 'Groq’s'),
    row('stream_format', 'audio', passed, { label: '`stream_format` `audio`' }),
    row('stream_format', 'sse', refused(), { label: '`stream_format` `sse`', note: 'speech is streamed as sound' }),
    tomorrow,
  ],
}

const drawn = [passed, refused()]

export const imageFields: Endpoint = {
  path: '/v1/images/generations',
  title: 'Images',
  types: [[images, 'ImageGenerateParamsBase']],
  columns: [
    { title: 'OpenAI', models: ['openai/gpt-image-1'] },
    { title: 'Google’s models that draw in a chat', models: ['google/gemini-2.5-flash-image'] },
  ],
  base: { prompt: 'MARK' },
  fields: [
    row('prompt', 'MARK', [passed, at('contents.0.parts.0.text')]),
    row('model', undefined, named, 'required'),
    row('n', 2, drawn, '10 at the most; 1 asks for nothing'),
    row('size', '1024x1024', drawn, '`auto` asks for nothing'),
    row('quality', 'low', drawn, '`auto` asks for nothing'),
    row('background', 'transparent', drawn, '`auto` asks for nothing'),
    row('moderation', 'low', drawn, '`auto` asks for nothing'),
    row('output_format', 'png', drawn),
    row('output_compression', 50, drawn),
    row('response_format', 'b64_json', [passed, dropped], { label: '`response_format` `b64_json`' }),
    row('response_format', 'url', drawn, { label: '`response_format` `url`' }),
    row('style', 'vivid', drawn),
    row('user', 'ana', [passed, dropped], 'a label'),
    row('safety_identifier', 'ana', [passed, dropped], 'a label'),
    row('complexity', 'low', drawn),
    row('frame_count', 2, drawn),
    row('frame_duration_ms', 100, drawn),
    row('svg', {}, drawn),
    row('stream', false, [passed, dropped], { label: '`stream` false' }),
    row('stream', true, drawn, 'one picture at a time'),
    row('partial_images', 0, drawn, '0 to 3; each is 100 output tokens in the hold'),
    row('a_field_of_tomorrow', 'a', drawn, { label: 'any other field' }),
  ],
}

export const imageEditFields: Endpoint = {
  path: '/v1/images/edits',
  title: 'Image edits',
  types: [[images, 'ImageEditParamsBase']],
  columns: [{ title: 'OpenAI', models: ['openai/gpt-image-1'] }],
  base: { prompt: 'MARK', image: 'a file' },
  isForm: true,
  note: 'A form; it is written anew, every part as it was.',
  fields: [
    row('image', 'a file', passed, 'also `image[]`, several of them'),
    row('mask', 'a file', passed),
    row('prompt', 'MARK', passed),
    row('model', undefined, named, 'required'),
    row('n', '2', passed),
    row('size', '1024x1024', passed),
    row('quality', 'low', passed),
    row('background', 'transparent', passed),
    row('input_fidelity', 'high', passed),
    row('output_format', 'png', passed),
    row('output_compression', '50', passed),
    row('response_format', 'b64_json', passed),
    row('user', 'ana', passed),
    row('safety_identifier', 'ana', passed),
    row('complexity', 'low', passed),
    row('frame_count', '2', passed),
    row('frame_duration_ms', '100', passed),
    row('markup', 'a', passed),
    row('svg', 'a', passed),
    row('stream', 'false', passed, { label: '`stream` false' }),
    row('stream', 'true', passed, 'one picture at a time'),
    row('partial_images', '0', passed, '0 to 3; each is 100 output tokens in the hold'),
    tomorrow,
  ],
}

export const moderationFields: Endpoint = {
  path: '/v1/moderations',
  title: 'Moderations',
  types: [['openai/resources/moderations.d.ts', 'ModerationCreateParams']],
  columns: [{ title: 'OpenAI', models: ['openai/omni-moderation-latest'] }],
  base: { input: 'MARK' },
  fields: [row('input', ['MARK', 'Oi'], passed), row('model', undefined, named, 'left out: `omni-moderation-latest`'), tomorrow],
}
