import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeSbom } from './make-sbom.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const text = makeSbom(root)
writeFileSync(join(root, 'sbom.cdx.json'), text)
const { components } = JSON.parse(text) as { components: unknown[] }
console.log(`sbom.cdx.json: CycloneDX, ${components.length} packages`)
