import { at, dropped, type Endpoint, named, passed, refused, row } from './field.ts'
import { pdf, pixel, schema, sound } from './samples.ts'

const tools = [{ type: 'function', function: { name: 'hora', description: 'Diz a hora', parameters: schema } }]
const call = { id: 'call_1', type: 'function', function: { name: 'hora', arguments: '{"dia":"hoje"}' } }
const user = (...content: unknown[]) => [{ role: 'user', content: [{ type: 'text', text: 'MARK' }, ...content] }]
const withCall = [
  { role: 'user', content: 'MARK' },
  { role: 'assistant', tool_calls: [call] },
  { role: 'tool', tool_call_id: 'call_1', content: 'meio-dia' },
]
const format = { type: 'json_schema', json_schema: { name: 'dia', strict: true, schema } }
const label = 'a label; the client’s slug goes in its place where a provider takes one'
const speed = 'changes speed and price, not the answer'
const notBilled = 'billed by the use, which no hold covers'
const groqs = 'a field of Groq’s'
const compound = 'a field of Groq’s compound systems, which have no registered price'

/** Columns: the same dialect; Anthropic; models that only the Responses API serves. */
export const chatFields: Endpoint = {
  path: '/v1/chat/completions',
  title: 'Chat completions',
  types: [
    ['openai/resources/chat/completions/completions.d.ts', 'ChatCompletionCreateParamsBase'],
    ['groq-sdk/resources/chat/completions.d.ts', 'ChatCompletionCreateParamsBase'],
  ],
  columns: [
    {
      title: 'OpenAI, Groq, Google, Vercel, compatible servers',
      models: ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'google/gemini-2.5-flash'],
    },
    { title: 'Anthropic', models: ['anthropic/claude-sonnet-4-5'] },
    { title: 'Responses-only models (Codex, pro)', models: ['openai/gpt-5-codex'] },
  ],
  viaVercel: 'openai/gpt-4o-mini',
  base: { messages: [{ role: 'user', content: 'MARK' }] },
  fields: [
    row(
      'messages',
      [{ role: 'user', content: 'MARK' }],
      [passed, at('messages.0.content.0.text', 'MARK'), at('input.0.content.0.text', 'MARK')],
      {
        label: '`messages`, text',
      },
    ),
    row(
      'messages',
      [{ role: 'system', content: 'Seja breve' }, ...user()],
      [passed, at('system.0.text', 'Seja breve'), at('input.0', { role: 'developer', content: 'Seja breve' })],
      { label: '`messages[].role` `system` or `developer`' },
    ),
    row(
      'messages',
      user({ type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }),
      [passed, at('messages.0.content.1.source.data', pixel), at('input.0.content.1.image_url', `data:image/png;base64,${pixel}`)],
      { label: '`image_url`' },
    ),
    row(
      'messages',
      user({ type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}`, detail: 'low' } }),
      [passed, dropped, at('input.0.content.1.detail', 'low')],
      {
        label: '`image_url.detail`',
        without: user({ type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }),
        note: 'Anthropic has no such setting: the picture goes without it',
      },
    ),
    row(
      'messages',
      user({ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` } }),
      [passed, at('messages.0.content.1.source.data', pdf), at('input.0.content.1.filename', 'a.pdf')],
      { label: '`file` with `file_data`' },
    ),
    row('messages', user({ type: 'file', file: { file_id: 'file-1' } }), refused('messages[0].content[1].file'), {
      label: '`file` with `file_id`',
      note: 'files live in an account that all clients share',
    }),
    row('messages', user({ type: 'input_audio', input_audio: { data: sound, format: 'wav' } }), refused('messages'), {
      label: '`input_audio`',
      note: 'for a model whose registered price does not cover audio; others take it',
    }),
    row(
      'messages',
      withCall,
      [
        passed,
        at('messages.2.content.0.tool_use_id', 'call_1'),
        at('input.2', { type: 'function_call_output', call_id: 'call_1', output: 'meio-dia' }),
      ],
      { label: '`tool_calls`, `role` `tool`' },
    ),
    row('messages', [{ role: 'user', content: 'MARK', name: 'ana' }], [passed, dropped], {
      label: '`name` of a message',
      without: [{ role: 'user', content: 'MARK' }],
      note: 'no other dialect has a place for it',
    }),
    row(
      'messages',
      [{ role: 'user', content: 'Oi' }, { role: 'assistant', content: 'Olá', reasoning: 'pensei' }, ...user()],
      [passed, dropped],
      {
        label: '`reasoning` of earlier answers',
        without: [{ role: 'user', content: 'Oi' }, { role: 'assistant', content: 'Olá' }, ...user()],
        note: 'another provider cannot verify it',
      },
    ),
    row('messages', [{ role: 'assistant', audio: { id: 'audio_1' } }], refused('messages[0].audio'), {
      label: '`audio` of earlier answers',
      note: 'an id in a shared account; send the transcript',
    }),
    row('messages', [...user(), { role: 'function', name: 'f', content: 'x' }], [passed, refused('messages[1].role')], {
      label: '`role` `function`, `function_call` of a message',
      note: 'superseded by tools',
    }),
    row('model', undefined, named, 'left out: the client’s primary model'),
    row('stream', true, [passed, at('stream')]),
    row('stream_options', { include_usage: false }, [at('stream_options', { include_usage: true }), dropped], {
      also: { stream: true },
      note: 'usage is always asked for; a caller who did not ask for it does not see it',
    }),
    row('max_tokens', 64, [passed, at('max_tokens'), at('max_output_tokens')], 'lowered to what the hold covers under a hard budget'),
    row('max_completion_tokens', 64, [passed, at('max_tokens'), at('max_output_tokens')], 'of two limits the lower one goes'),
    row('temperature', 0.5, [passed, at('temperature'), refused()], 'refused where the model takes none; 1 is what such a model has'),
    row('temperature', 1.5, [passed, refused(), refused()], { label: '`temperature` above 1' }),
    row('top_p', 0.5, [passed, at('top_p'), refused()], 'as `temperature`'),
    row('presence_penalty', 0.5, [passed, refused(), refused()]),
    row('presence_penalty', 0, [passed, dropped, dropped], { label: '`presence_penalty`, `frequency_penalty` 0' }),
    row('frequency_penalty', 0.5, [passed, refused(), refused()], { also: { stream: true } }),
    row('seed', 7, [passed, refused(), refused()]),
    row('stop', ['fim'], [passed, at('stop_sequences'), refused()]),
    row('n', 2, [passed, refused(), refused()], '16 at the most; 1 asks for nothing'),
    row('logit_bias', { 50256: -100 }, [passed, refused(), refused()]),
    row('logprobs', true, [passed, refused(), refused()], '`false` asks for nothing'),
    row('top_logprobs', 2, [passed, refused(), refused()], { also: { logprobs: false }, note: '0 asks for nothing' }),
    row('response_format', format, [passed, at('output_config.format.schema', schema), at('text.format.schema', schema)], {
      label: '`response_format` `json_schema`',
      note: '`strict` is always asked for in translation, where there is such a thing',
    }),
    row('response_format', { type: 'json_object' }, [passed, refused(), at('text.format.type', 'json_object')], {
      label: '`response_format` `json_object`',
      note: 'Anthropic has no JSON without a schema',
    }),
    row('tools', tools, [passed, at('tools.0.input_schema', schema), at('tools.0.parameters', schema)], {
      label: '`tools` of type `function`',
    }),
    row('tools', [{ type: 'custom', custom: { name: 'f' } }], [passed, refused('tools[0].type')], { label: '`tools` of type `custom`' }),
    row('tools', [{ type: 'browser_search' }], refused('tools[0].type'), { label: '`tools` that the provider runs', note: notBilled }),
    row('tool_choice', 'required', [passed, at('tool_choice.type', 'any'), at('tool_choice')], { also: { tools } }),
    row('parallel_tool_calls', false, [passed, at('tool_choice.disable_parallel_tool_use', true), at('parallel_tool_calls')], {
      also: { tools, tool_choice: 'auto' },
    }),
    row('functions', [{ name: 'f' }], [passed, refused(), refused()], 'superseded by `tools`'),
    row('function_call', 'none', [passed, refused(), refused()], 'superseded by `tool_choice`'),
    row(
      'reasoning_effort',
      'low',
      [passed, at('thinking.type', 'enabled'), at('reasoning.effort')],
      'a model that does not think may refuse it',
    ),
    row('verbosity', 'low', [passed, refused(), refused()], '`medium` asks for nothing'),
    row('modalities', ['text'], [passed, dropped, dropped], { label: '`modalities` `["text"]`' }),
    row('modalities', ['text', 'audio'], [passed, refused(), refused()], { label: '`modalities` with `audio`' }),
    row('audio', { voice: 'alloy', format: 'mp3' }, [passed, refused(), refused()]),
    row('prediction', { type: 'content', content: 'Oi' }, [passed, dropped, dropped], speed),
    row('prompt_cache_key', 'chave', [passed, dropped, dropped], speed),
    row('prompt_cache_retention', '24h', [passed, dropped, dropped], speed),
    row('prompt_cache_options', { mode: 'implicit' }, [passed, dropped, dropped], speed),
    row('service_tier', 'on_demand', [passed, dropped, dropped], { label: '`service_tier` `auto`, `default`, `on_demand`' }),
    row('service_tier', 'flex', refused(), { label: '`service_tier`, others', note: 'another price than the registered one' }),
    row('store', true, [passed, refused(), refused()], 'the provider’s account is the operator’s; nothing of it can be read here'),
    row('metadata', { a: 'b' }, [passed, dropped, dropped], label),
    row('user', 'ana', [passed, dropped, dropped], label),
    row('safety_identifier', 'ana', [passed, dropped, dropped], label),
    row('moderation', { model: 'omni-moderation-latest' }, [passed, refused(), refused()]),
    row('web_search_options', {}, refused(), notBilled),
    row('citation_options', 'enabled', [passed, refused(), refused()], groqs),
    row('disable_tool_validation', true, [passed, refused(), refused()], groqs),
    row('documents', [{ source: { type: 'text', text: 'Oi' } }], [passed, refused(), refused()], groqs),
    row('include_reasoning', false, [passed, refused(), refused()], groqs),
    row('reasoning_format', 'parsed', [passed, refused(), refused()], groqs),
    row('compound_custom', { models: {} }, [passed, refused(), refused()], compound),
    row('search_settings', { country: 'brazil' }, [passed, refused(), refused()], compound),
    row('include_domains', ['example.com'], [passed, refused(), refused()], compound),
    row('exclude_domains', ['example.com'], [passed, refused(), refused()], compound),
    row('top_k', 5, [passed, at('top_k'), refused()], 'not OpenAI’s; Anthropic and many compatible servers have it'),
    row('providerOptions', { openai: { textVerbosity: 'low' } }, [passed, dropped], {
      viaVercel: at('providerOptions.openai', { textVerbosity: 'low' }),
      note: 'Vercel’s; what is said there to the gateway itself is replaced',
    }),
    row('providerOptions', { openai: { previousResponseId: 'resp_1' } }, refused('providerOptions.openai.previousResponseId'), {
      label: '`providerOptions` of what is refused as a field',
    }),
    row('extra_body', { google: { cached_content: 'cachedContents/1' } }, refused('extra_body.google.cached_content'), {
      label: '`extra_body.google.cached_content`',
      note: 'an id in a shared account, of a text of unknown length',
    }),
    row('a_field_of_tomorrow', { a: 1 }, [passed, refused(), refused()], { label: 'any other field' }),
  ],
}
