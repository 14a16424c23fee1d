/** Tells the registry's trigger, for this transaction, that changed prices come from the catalogue and not from a person. */
export const markPriceSource = `select set_config('catraca.price_source', 'catalogue', true)`
