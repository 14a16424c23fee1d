import { loadPriceSource, syncRegistry } from '../../pricing/index.ts'
import { byHand, pass } from './check.ts'
import { type OwnCheck, whenDatabaseSilent } from './own-check.ts'

/** A gateway that runs brings them up to date every night; half a megabyte is loaded for this, so pages that are only opened do without. */
export const checkPrices: OwnCheck = {
  name: 'Prices',
  whenSilent: whenDatabaseSilent,
  async run({ store, isThorough, clock }) {
    if (!isThorough) return []
    const source = await loadPriceSource(new Date(clock.nowMs()).toISOString().slice(0, 10))
    const { changed, kept } = await syncRegistry(store.owner, source, { preview: true })
    const own = kept.length === 0 ? '' : `; ${kept.length} typed by hand instead`
    if (changed.length === 0) return [['Prices', pass(`those of the pricing library${own}`)]]
    const models = [...new Set(changed.map(({ gatewayIdentifier }) => gatewayIdentifier))]
    const named = `${models.slice(0, 3).join(', ')}${models.length > 3 ? ', …' : ''}`
    const which = models.length === 1 ? `1 model has an old price` : `${models.length} models have old prices`
    return [['Prices', byHand(`${which} (${named}): calls are charged by what is stored${own}`, 'npx catraca models sync')]]
  },
}
