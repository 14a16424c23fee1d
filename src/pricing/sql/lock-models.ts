/**
 * Held against other synchronisations and other writers until the transaction ends; reading goes on. The whole table, because a row that a person
 * is adding has no lock that could be waited for before those of the others.
 */
export const lockModels = 'lock table ai_models_registry in share row exclusive mode'
