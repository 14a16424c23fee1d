/** A package as `package-lock.json` has it; the key is where it is installed: `node_modules/a/node_modules/b`. */
export interface LockedPackage {
  version?: string
  license?: string
  integrity?: string
  hasInstallScript?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  engines?: { node?: string }
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

export type LockedPackages = Record<string, LockedPackage>

/**
 * What whoever installs us gets: the dependencies of the package itself and theirs, those of other platforms included. Found by walking, because
 * the lockfile's own marks (and with them `npm sbom --omit dev`) leave out what a developer's tool needs as well: zod, pg-protocol.
 */
export function shippedPackages(packages: LockedPackages): LockedPackages {
  const shipped: LockedPackages = {}
  const visit = (place: string): void => {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packages[place] ?? {}
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional)
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const found = resolve(packages, place, name)
      const entry = found === undefined ? undefined : packages[found]
      if (found === undefined || entry === undefined || found in shipped) continue
      shipped[found] = entry
      visit(found)
    }
  }
  visit('')
  return shipped
}

export function packageName(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** As Node looks it up: beside the one who asks, then further and further out. */
function resolve(packages: LockedPackages, from: string, name: string): string | undefined {
  for (let folder = from; ; ) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (place in packages) return place
    if (folder === '') return undefined
    const outer = folder.lastIndexOf('/node_modules/')
    folder = outer < 0 ? '' : folder.slice(0, outer)
  }
}
