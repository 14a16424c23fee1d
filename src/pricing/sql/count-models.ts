/** Every provider that the registry names, with how many models may be called. */
export const countModelRows = `
  select provider, count(*)::int as models from ai_models_registry
  where is_active and valid_from <= now() and (valid_to is null or valid_to > now())
  group by provider
`
