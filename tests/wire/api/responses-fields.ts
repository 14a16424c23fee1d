import { at, dropped, type Endpoint, named, passed, refused, row } from './field.ts'
import { pdf, pixel, schema, sound } from './samples.ts'

const picture = `data:image/png;base64,${pixel}`
const tools = [{ type: 'function', name: 'hora', description: 'Diz a hora', parameters: schema, strict: true }]
const user = (...content: unknown[]) => [{ role: 'user', content: [{ type: 'input_text', text: 'MARK' }, ...content] }]
const withCall = [
  { role: 'user', content: 'MARK' },
  { type: 'function_call', call_id: 'call_1', name: 'hora', arguments: '{"dia":"hoje"}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'meio-dia' },
]
const format = { type: 'json_schema', name: 'dia', schema, strict: true }
const label = 'a label; the client’s slug goes in its place where a provider takes one'
const speed = 'changes speed and price, not the answer'
const notStored = 'nothing is stored here'
const unread = 'only the provider that thought can read it'
const elsewhere = [passed, refused()]

/** Columns: the same dialect; Groq; Anthropic; Google. */
export const responsesFields: Endpoint = {
  path: '/v1/responses',
  title: 'Responses',
  note: 'Towards a provider `store` is always false, because its account is shared by all clients, and answers say so.',
  types: [['openai/resources/responses/responses.d.ts', 'ResponseCreateParamsBase']],
  columns: [
    { title: 'OpenAI, Vercel', models: ['openai/gpt-4o-mini', 'openai/gpt-5-codex'] },
    { title: 'Groq, compatible servers', models: ['groq/llama-3.3-70b-versatile'] },
    { title: 'Anthropic', models: ['anthropic/claude-sonnet-4-5'] },
    { title: 'Google', models: ['google/gemini-2.5-flash'] },
  ],
  viaVercel: 'openai/gpt-4o-mini',
  base: { input: 'MARK' },
  fields: [
    row('input', 'MARK', [passed, at('messages.0.content'), at('messages.0.content.0.text'), at('contents.0.parts.0.text')], {
      label: '`input`, text',
    }),
    row(
      'input',
      [{ role: 'developer', content: 'Seja breve' }, ...user()],
      [
        passed,
        at('messages.0', { role: 'system', content: 'Seja breve' }),
        at('system.0.text', 'Seja breve'),
        at('systemInstruction.parts.0.text', 'Seja breve'),
      ],
      { label: '`input[].role` `system` or `developer`' },
    ),
    row(
      'input',
      user({ type: 'input_image', image_url: picture }),
      [
        passed,
        at('messages.0.content.1.image_url.url', picture),
        at('messages.0.content.1.source.data', pixel),
        at('contents.0.parts.1.inlineData.data', pixel),
      ],
      { label: '`input_image`' },
    ),
    row('input', user({ type: 'input_image', image_url: picture, detail: 'low' }), [passed, dropped], {
      label: '`input_image.detail`',
      without: user({ type: 'input_image', image_url: picture }),
      note: 'others have no such setting: the picture goes without it',
    }),
    row('input', user({ type: 'input_image', file_id: 'file-1' }), refused('input[0].content[1].file_id'), {
      label: '`input_image`, `input_file` with `file_id`',
      note: 'files live in an account that all clients share',
    }),
    row(
      'input',
      user({ type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` }),
      [passed, refused('input'), at('messages.0.content.1.source.data', pdf), at('contents.0.parts.1.inlineData.data', pdf)],
      { label: '`input_file` with `file_data`' },
    ),
    row('input', user({ type: 'input_file', file_url: 'https://example.com/a.pdf' }), refused('input[0].content[1].file_url'), {
      label: '`input_file` with `file_url`',
      note: 'its length is unknown',
    }),
    row('input', user({ type: 'input_audio', input_audio: { data: sound, format: 'wav' } }), refused('messages'), {
      label: '`input_audio`',
      note: 'for a model whose registered price does not cover audio; others take it',
    }),
    row(
      'input',
      withCall,
      [
        passed,
        at('messages.2', { role: 'tool', tool_call_id: 'call_1', content: 'meio-dia' }),
        at('messages.2.content.0.tool_use_id', 'call_1'),
        at('contents.2.parts.0.functionResponse.response.content', 'meio-dia'),
      ],
      { label: '`function_call`, `function_call_output`' },
    ),
    row('input', [...user(), { type: 'custom_tool_call', call_id: 'c', name: 'f', input: 'x' }], [passed, refused('input[1].type')], {
      label: '`custom_tool_call`, `local_shell_call`, `apply_patch_call`',
    }),
    row('input', [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' }, ...user()], [passed, dropped], {
      label: '`reasoning` items',
      note: unread,
    }),
    row('input', [{ type: 'item_reference', id: 'rs_1' }], refused('input[0]'), { label: '`item_reference`', note: notStored }),
    row('instructions', 'Seja breve', [
      passed,
      at('messages.0', { role: 'system', content: 'Seja breve' }),
      at('system.0.text'),
      at('systemInstruction.parts.0.text'),
    ]),
    row('model', undefined, named, 'left out: the client’s primary model'),
    row('stream', true, [passed, at('stream'), at('stream'), dropped], 'Google is told by the address'),
    row('stream_options', { include_obfuscation: false }, [passed, dropped], {
      also: { stream: true },
      note: 'nothing is obfuscated in translation',
    }),
    row(
      'max_output_tokens',
      64,
      [passed, at('max_tokens'), at('max_tokens'), at('generationConfig.maxOutputTokens')],
      'lowered to what the hold covers under a hard budget',
    ),
    row('max_tool_calls', 3, [passed, dropped], 'it bounds tools that the provider runs; none are'),
    row('temperature', 0.5, [passed, at('temperature'), at('temperature'), at('generationConfig.temperature')]),
    row('top_p', 0.5, [passed, at('top_p'), at('top_p'), at('generationConfig.topP')]),
    row('top_logprobs', 2, elsewhere, '0 asks for nothing'),
    row(
      'text',
      { format },
      [
        passed,
        at('response_format.json_schema.schema', schema),
        at('output_config.format.schema', schema),
        at('generationConfig.responseMimeType', 'application/json'),
      ],
      { label: '`text.format` `json_schema`', note: '`strict` is always asked for in translation, where there is such a thing' },
    ),
    row(
      'text',
      { format: { type: 'json_object' } },
      [
        passed,
        at('response_format.type', 'json_object'),
        refused('text.format'),
        at('generationConfig.responseMimeType', 'application/json'),
      ],
      { label: '`text.format` `json_object`', note: 'Anthropic has no JSON without a schema' },
    ),
    row('text', { verbosity: 'low' }, [passed, refused('text.verbosity')], {
      label: '`text.verbosity`',
      note: '`medium` asks for nothing',
    }),
    row(
      'tools',
      tools,
      [
        passed,
        at('tools.0.function.parameters', schema),
        at('tools.0.input_schema', schema),
        at('tools.0.functionDeclarations.0.name', 'hora'),
      ],
      { label: '`tools` of type `function`' },
    ),
    row('tools', [{ type: 'custom', name: 'f' }], [passed, refused('tools[0].type')], {
      label: '`tools` of type `custom`, `local_shell`, `apply_patch`, `namespace`',
    }),
    row('tools', [{ type: 'web_search' }], refused('tools[0].type'), {
      label: '`tools` that the provider runs',
      note: 'billed by the use, which no hold covers',
    }),
    row(
      'tool_choice',
      'required',
      [passed, at('tool_choice'), at('tool_choice.type', 'any'), at('toolConfig.functionCallingConfig.mode', 'ANY')],
      {
        also: { tools },
      },
    ),
    row('parallel_tool_calls', false, [passed, at('parallel_tool_calls'), at('tool_choice.disable_parallel_tool_use', true), dropped], {
      also: { tools, tool_choice: 'auto' },
      note: 'Google has no such setting: its models may call several',
    }),
    row(
      'reasoning',
      { effort: 'low' },
      [
        passed,
        at('reasoning_effort', 'low'),
        at('thinking.type', 'enabled'),
        at('generationConfig.thinkingConfig', { thinkingBudget: 6554 }),
      ],
      {
        label: '`reasoning.effort`',
        note: 'a model that does not think may refuse it',
      },
    ),
    row('reasoning', { summary: 'auto' }, [passed, dropped], {
      label: '`reasoning.summary`, `generate_summary`',
      note: 'thinking is summed up by whoever shows it',
    }),
    row('reasoning', { mode: 'pro' }, [passed, refused('reasoning.mode')], { label: '`reasoning`, anything else' }),
    row('include', ['reasoning.encrypted_content'], [passed, dropped], { label: '`include` `reasoning.encrypted_content`', note: unread }),
    row('include', ['message.output_text.logprobs'], elsewhere, { label: '`include`, anything else' }),
    row('truncation', 'auto', [passed, dropped], 'a prompt that is too long is refused by its provider'),
    row('store', false, [passed, dropped], { label: '`store` false, or left out' }),
    row('store', true, refused(), notStored),
    row('background', true, refused(), notStored),
    row('previous_response_id', 'resp_1', refused(), notStored),
    row('conversation', 'conv_1', refused(), notStored),
    row('prompt', { id: 'pmpt_1' }, refused(), notStored),
    row('context_management', [{ type: 'compaction' }], refused(), 'a summary is billed beyond `max_output_tokens`'),
    row('prompt_cache_key', 'chave', [passed, dropped], speed),
    row('prompt_cache_retention', '24h', [passed, dropped], speed),
    row('prompt_cache_options', { mode: 'implicit' }, [passed, dropped], speed),
    row('service_tier', 'auto', [passed, dropped], { label: '`service_tier` `auto`, `default`' }),
    row('service_tier', 'flex', refused(), { label: '`service_tier`, others', note: 'another price than the registered one' }),
    row('metadata', { a: 'b' }, [passed, dropped], label),
    row('user', 'ana', [passed, dropped], label),
    row('safety_identifier', 'ana', [passed, dropped], label),
    row('moderation', { model: 'omni-moderation-latest' }, elsewhere),
    row('access_programs', { cyber: 'standard' }, elsewhere),
    row('image', { context_compression: 'auto' }, elsewhere),
    row('providerOptions', { openai: { textVerbosity: 'low' } }, [passed, dropped], {
      viaVercel: at('providerOptions.openai', { textVerbosity: 'low' }),
      note: 'Vercel’s; what is said there to the gateway itself is replaced',
    }),
    row('providerOptions', { openai: { previousResponseId: 'resp_1' } }, refused('providerOptions.openai.previousResponseId'), {
      label: '`providerOptions` of what is refused as a field',
    }),
    row('a_field_of_tomorrow', { a: 1 }, elsewhere, { label: 'any other field' }),
  ],
}
