/** $1: the model's id, $2: names that it does not have yet. */
export const addAliases = `update ai_models_registry set aliases = aliases || $2::text[] where id = $1`
