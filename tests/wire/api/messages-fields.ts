import { at, type Column, dropped, type Endpoint, type Field, named, passed, refused, row } from './field.ts'
import { pdf, pixel, schema } from './samples.ts'

const tools = [{ name: 'hora', description: 'Diz a hora', input_schema: schema }]
const user = (...content: unknown[]) => [{ role: 'user', content: [{ type: 'text', text: 'MARK' }, ...content] }]
const withCall = [
  { role: 'user', content: 'MARK' },
  { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'hora', input: { dia: 'hoje' } }] },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'meio-dia' }] },
]
const thought = [
  { role: 'user', content: 'Oi' },
  {
    role: 'assistant',
    content: [
      { type: 'redacted_thinking', data: 'x' },
      { type: 'text', text: 'Olá' },
    ],
  },
]
const spoken = [
  { role: 'user', content: 'Oi' },
  { role: 'assistant', content: [{ type: 'text', text: 'Olá' }] },
]
const format = { type: 'json_schema', schema }
const priced = 'no hold covers what it costs'
const kept = 'kept in an account that all clients share'
const billing = 'how a call is billed is not for its caller to say'
const speed = 'changes speed and price, not the answer'

/** What a request that is only counted has as well. */
const shared: readonly Field[] = [
  row(
    'messages',
    [{ role: 'user', content: 'MARK' }],
    [passed, at('messages.0.content', 'MARK'), at('messages.0.content', 'MARK'), at('contents.0.parts.0.text', 'MARK')],
    { label: '`messages`, text' },
  ),
  row(
    'messages',
    user({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }),
    [
      passed,
      at('messages.0.content.1.image_url.url', `data:image/png;base64,${pixel}`),
      at('messages.0.content.1.image_url.url', `data:image/png;base64,${pixel}`),
      at('contents.0.parts.1.inlineData.data', pixel),
    ],
    { label: '`image`' },
  ),
  row(
    'messages',
    user({ type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: pdf } }),
    [passed, at('messages.0.content.1.file.filename', 'a.pdf'), refused('messages'), at('contents.0.parts.1.inlineData.data', pdf)],
    { label: '`document` as base64' },
  ),
  row(
    'messages',
    user({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Era uma vez' } }),
    [
      passed,
      at('messages.0.content.1.text', 'Era uma vez'),
      at('messages.0.content.1.text', 'Era uma vez'),
      at('contents.0.parts.1.text', 'Era uma vez'),
    ],
    { label: '`document` as text or content', note: '`title` and `context` go before it' },
  ),
  row(
    'messages',
    user({ type: 'document', citations: { enabled: true }, source: { type: 'text', media_type: 'text/plain', data: 'a' } }),
    [passed, refused('messages[0].content[1].citations')],
    { label: '`citations`' },
  ),
  row(
    'messages',
    user({ type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } }),
    refused('messages[0].content[1].source'),
    {
      label: '`document` by URL, any file by id',
      note: `its length is unknown, or it is ${kept}`,
    },
  ),
  row(
    'messages',
    user({ type: 'search_result', source: 'a', title: 'a', content: [{ type: 'text', text: 'a' }] }),
    [passed, refused('messages[0].content[1].type')],
    {
      label: '`search_result`',
    },
  ),
  row(
    'messages',
    withCall,
    [
      passed,
      at('messages.2', { role: 'tool', tool_call_id: 'toolu_1', content: 'meio-dia' }),
      at('messages.2', { role: 'tool', tool_call_id: 'toolu_1', content: 'meio-dia' }),
      at('contents.2.parts.0.functionResponse.response.content', 'meio-dia'),
    ],
    { label: '`tool_use`, `tool_result`', note: 'pictures and documents of a result follow in a message of the user’s' },
  ),
  row('messages', [...thought, ...user()], [passed, dropped], {
    label: '`thinking` of earlier answers',
    without: [...spoken, ...user()],
    note: 'another provider cannot verify it',
  }),
  row('messages', user({ type: 'server_tool_use', id: 'a', name: 'web_search', input: {} }), refused('messages[0].content[1].type'), {
    label: 'blocks of the provider’s own tools',
    note: priced,
  }),
  row('model', undefined, named, 'left out: the client’s primary model'),
  row('system', 'Seja breve', [
    passed,
    at('messages.0', { role: 'system', content: 'Seja breve' }),
    at('messages.0', { role: 'system', content: 'Seja breve' }),
    at('systemInstruction.parts.0.text'),
  ]),
  row(
    'tools',
    tools,
    [
      passed,
      at('tools.0.function.parameters', schema),
      at('tools.0.function.parameters', schema),
      at('tools.0.functionDeclarations.0.name', 'hora'),
    ],
    { label: '`tools` of type `custom`, or of none' },
  ),
  row('tools', [{ ...tools[0], cache_control: { type: 'ephemeral' }, eager_input_streaming: true }], [passed, dropped], {
    label: '`cache_control`, `eager_input_streaming` of a tool',
    without: tools,
    note: speed,
  }),
  row('tools', [{ ...tools[0], defer_loading: true }], [passed, refused('tools[0].defer_loading')], {
    label: '`defer_loading`, anything else of a tool',
  }),
  row('tools', [{ type: 'web_search_20250305', name: 'web_search' }], refused('tools[0].type'), {
    label: '`tools` of the provider’s own (`web_search`, `bash`, `memory`, …)',
    note: priced,
  }),
  row(
    'tool_choice',
    { type: 'any' },
    [passed, at('tool_choice', 'required'), at('tool_choice', 'required'), at('toolConfig.functionCallingConfig.mode', 'ANY')],
    { also: { tools } },
  ),
  row(
    'tool_choice',
    { type: 'auto', disable_parallel_tool_use: true },
    [passed, at('parallel_tool_calls', false), at('parallel_tool_calls', false), dropped],
    {
      label: '`tool_choice.disable_parallel_tool_use`',
      also: { tools },
      without: { type: 'auto' },
      note: 'Google has no such setting: its models may call several',
    },
  ),
  row(
    'thinking',
    { type: 'enabled', budget_tokens: 2048 },
    [passed, at('reasoning_effort', 'low'), at('reasoning_effort', 'low'), at('generationConfig.thinkingConfig', { thinkingBudget: 6554 })],
    { note: 'as effort: to 4,096 tokens low, to 16,384 medium, above high; a model that does not think may refuse it' },
  ),
  row('thinking', { type: 'adaptive' }, [passed, dropped], {
    label: '`thinking` `adaptive`, `disabled`',
    note: 'what the model does by itself',
  }),
  row(
    'output_config',
    { format },
    [
      passed,
      at('response_format.json_schema.schema', schema),
      at('response_format.json_schema.schema', schema),
      at('generationConfig.responseMimeType', 'application/json'),
    ],
    { label: '`output_config.format`' },
  ),
  row(
    'output_config',
    { effort: 'low' },
    [passed, at('reasoning_effort', 'low'), at('reasoning_effort', 'low'), at('generationConfig.thinkingConfig', { thinkingBudget: 6554 })],
    {
      label: '`output_config.effort`',
      note: 'a model that does not think may refuse it',
    },
  ),
  row('output_config', { task_budget: { type: 'tokens', total: 5 } }, [passed, refused('output_config.task_budget')], {
    label: '`output_config`, anything else',
  }),
  row('output_format', format, [
    passed,
    at('response_format.json_schema.schema', schema),
    at('response_format.json_schema.schema', schema),
    at('generationConfig.responseMimeType', 'application/json'),
  ]),
  row('cache_control', { type: 'ephemeral' }, [passed, dropped], speed),
  row('cache_control', { type: 'ephemeral', ttl: '1d' }, refused('cache_control.ttl'), {
    label: '`cache_control.ttl` other than `5m` and `1h`',
    note: 'an hour is held at its price; others have none',
  }),
  row('context_management', { edits: [{ type: 'clear_tool_uses_20250919' }] }, [passed, dropped], {
    label: '`context_management`, edits that clear',
    note: speed,
  }),
  row('context_management', { edits: [{ type: 'compact_20260112' }] }, refused('context_management.edits[0].type'), {
    label: '`context_management`, other edits',
    note: 'a summary is billed beside the answer',
  }),
  row('speed', 'standard', [passed, dropped], { label: '`speed` `standard`' }),
  row('speed', 'fast', refused(), { label: '`speed` `fast`', note: 'another price than the registered one' }),
  row('compaction', {}, refused(), priced),
  row('mcp_servers', [{ type: 'url', url: 'https://example.com', name: 'a' }], refused(), priced),
  row('billing_policy', {}, refused(), billing),
  row('user_profile_id', 'up_1', refused(), { header: 'anthropic-user-profile-id', note: `${billing}; the SDK sends it as a header` }),
  row('workspace_id', 'wrkspc_1', refused(), { header: 'anthropic-workspace-id', note: `${billing}; the SDK sends it as a header` }),
  row('betas', 'files-api-2025-04-14', dropped, { header: 'anthropic-beta', note: 'the SDK sends it as `anthropic-beta`: see Headers' }),
]

const files = '@anthropic-ai/sdk/resources'
const others: readonly Column[] = [
  { title: 'OpenAI', models: ['openai/gpt-4o-mini'] },
  { title: 'Groq, compatible servers', models: ['groq/llama-3.3-70b-versatile'] },
  { title: 'Google', models: ['google/gemini-2.5-flash'] },
]
const own: Column = { title: 'Anthropic, Vercel', models: ['anthropic/claude-sonnet-4-5'] }

/** Columns: the same dialect; OpenAI; Groq; Google. */
export const messagesFields: Endpoint = {
  path: '/v1/messages',
  title: 'Messages',
  types: [
    [`${files}/messages/messages.d.ts`, 'MessageCreateParamsBase'],
    [`${files}/beta/messages/messages.d.ts`, 'MessageCreateParamsBase'],
  ],
  columns: [own, ...others],
  viaVercel: 'openai/gpt-4o-mini',
  base: { max_tokens: 4096, messages: [{ role: 'user', content: 'MARK' }] },
  fields: [
    ...shared,
    row(
      'max_tokens',
      64,
      [passed, at('max_tokens'), at('max_tokens'), at('generationConfig.maxOutputTokens')],
      'required; lowered to what the hold covers under a hard budget, a thinking budget with it',
    ),
    row('stream', true, [passed, at('stream'), at('stream'), dropped], 'Google is told by the address'),
    row(
      'temperature',
      0.5,
      [passed, at('temperature'), at('temperature'), at('generationConfig.temperature')],
      'refused where the model takes none; 1 is what such a model has',
    ),
    row('top_p', 0.5, [passed, at('top_p'), at('top_p'), at('generationConfig.topP')], 'as `temperature`'),
    row('top_k', 5, [passed, refused(), refused(), at('generationConfig.topK')]),
    row(
      'stop_sequences',
      ['fim'],
      [passed, at('stop'), at('stop'), at('generationConfig.stopSequences')],
      'a translated answer that one of them ended says `end_turn`',
    ),
    row('metadata', { user_id: 'ana' }, [passed, dropped], 'a label; the client’s slug goes in its place where a provider takes one'),
    row('service_tier', 'auto', [passed, dropped], '`auto` and `standard_only`; others are refused'),
    row('diagnostics', { previous_message_id: null }, [passed, dropped], 'a label'),
    row('inference_geo', 'global', [passed, dropped], { label: '`inference_geo` `global`' }),
    row('inference_geo', 'us', refused(), { label: '`inference_geo`, others', note: 'another price than the registered one' }),
    row('container', 'container_1', refused(), kept),
    row('thread', { type: 'create' }, refused(), kept),
    row('fallbacks', [{ model: 'claude-haiku-4-5' }], refused(), 'the gateway chooses who answers'),
    row('fallback_credit_token', 'a', refused(), 'the gateway chooses who answers'),
    row('providerOptions', { gateway: {} }, refused(), 'Vercel’s; what providers are told besides comes from the gateway'),
    row('a_field_of_tomorrow', { a: 1 }, [passed, refused()], { label: 'any other field' }),
  ],
}

/** The same fields; only Anthropic is asked. */
export const countTokensFields: Endpoint = {
  path: '/v1/messages/count_tokens',
  title: 'Count tokens',
  note:
    'Anthropic’s own count where it is asked directly; elsewhere a quarter of the bound that a hold would be made for, and no provider is asked: all fields that are not ' +
    'refused below are counted. `x-catraca-count` says which (`provider`, `estimate`).',
  types: [
    [`${files}/messages/messages.d.ts`, 'MessageCountTokensParams'],
    [`${files}/beta/messages/messages.d.ts`, 'MessageCountTokensParams'],
  ],
  columns: [{ title: 'Anthropic', models: own.models }],
  base: { messages: [{ role: 'user', content: 'MARK' }] },
  fields: shared,
}
