import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readYaml } from './_support/read-yaml.ts'
import { renderChart } from './_support/render-chart.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const known = new Set([...read('src/config/config.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map(([, name]) => name))

interface Compose {
  services: Record<string, { environment?: Record<string, string>; volumes?: string[]; depends_on?: object; image?: string }>
  volumes: Record<string, null>
}

describe.each(['compose.yml', 'compose.scale.yml'])('%s', (file) => {
  const { services, volumes } = readYaml(read(`deploy/${file}`)) as unknown as Compose
  const gateways = Object.entries(services).filter(([, { image }]) => image === 'catraca')

  test('sets only what the configuration knows, and keeps secrets out of the file', () => {
    expect(gateways.length).toBeGreaterThan(0)
    for (const [, { environment = {} }] of gateways) {
      expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([])
      expect(environment.CATRACA_MASTER_KEY).toMatch(/^\$\{CATRACA_MASTER_KEY:\?/)
      expect(environment.DATABASE_URL).toContain(':${POSTGRES_PASSWORD:?')
    }
  })

  test('gives each gateway a data directory of its own, and names what is there', () => {
    const mounts = gateways.map(([, service]) => service.volumes ?? [])
    expect(mounts.every((list) => list.length === 1 && list[0]?.endsWith(':/data'))).toBe(true)
    expect(new Set(mounts.flat()).size).toBe(gateways.length)
    const named = Object.values(services).flatMap((service) => service.volumes ?? [])
    for (const mount of named.filter((name) => !name.startsWith('.'))) expect(volumes).toHaveProperty([mount.split(':')[0] ?? ''])
    for (const { depends_on } of Object.values(services))
      for (const name of Object.keys(depends_on ?? {})) expect(services).toHaveProperty([name])
  })
})

test('nginx passes calls on to the services of compose.scale.yml, and never sends one twice', () => {
  const { services } = readYaml(read('deploy/compose.scale.yml')) as unknown as Compose
  const conf = read('deploy/nginx.conf')
  const upstreams = [...conf.matchAll(/server (catraca-\d+):3000/g)].map(([, name]) => name)
  expect(upstreams).toEqual(Object.keys(services).filter((name) => name.startsWith('catraca-')))
  expect(conf).not.toContain('non_idempotent')
})

describe('the Helm chart', () => {
  const folder = join(root, 'deploy/helm/catraca')
  interface Pod {
    containers: { env?: { name: string }[]; envFrom: { secretRef: { name: string } }[]; args?: string[]; [probe: string]: unknown }[]
  }
  const specOf = (rendered: ReturnType<typeof renderChart>, file: string) =>
    rendered.get(file)?.spec as {
      replicas?: number
      selector: { matchLabels: object }
      template: { metadata: { labels: object }; spec: Pod }
    }

  test('renders: what selects pods finds them, and settings are those that the gateway knows', () => {
    const rendered = renderChart(folder, { env: { LOG_NOTHING: 'x' } })
    expect([...rendered.keys()].sort()).toEqual(['deployment.yaml', 'migrate-job.yaml', 'pdb.yaml', 'service.yaml'])
    const { selector, template, replicas } = specOf(rendered, 'deployment.yaml')
    expect(replicas).toBe(3)
    const service = rendered.get('service.yaml')?.spec as { selector: object }
    for (const labels of [selector.matchLabels, service.selector, specOf(rendered, 'pdb.yaml').selector.matchLabels])
      expect(template.metadata.labels).toMatchObject(labels)
    expect(specOf(rendered, 'migrate-job.yaml').template.metadata.labels).not.toMatchObject(service.selector)
    const [container] = template.spec.containers
    const names = container?.env?.map(({ name }) => name) ?? []
    expect(names.filter((name) => !known.has(name))).toEqual(['LOG_NOTHING'])
    expect(container?.envFrom).toEqual([{ secretRef: { name: 'catraca' } }])
    expect(container?.readinessProbe).toMatchObject({ httpGet: { path: '/readyz', port: 'http' } })
    expect(container?.livenessProbe).toMatchObject({ httpGet: { path: '/healthz', port: 'http' } })
  })

  test('migrates before an upgrade, and with an autoscaler leaves the number of pods to it', () => {
    const rendered = renderChart(folder, {
      autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 9, targetCPUUtilizationPercentage: 60 },
      podAnnotations: { 'prometheus.io/scrape': 'true' },
    })
    expect(specOf(rendered, 'deployment.yaml')).not.toHaveProperty('replicas')
    expect(rendered.get('hpa.yaml')?.spec).toMatchObject({ minReplicas: 2, maxReplicas: 9 })
    expect(rendered.get('migrate-job.yaml')?.metadata).toMatchObject({ annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade' } })
    expect(specOf(rendered, 'migrate-job.yaml').template.spec.containers[0]?.args).toEqual(['migrate'])
  })

  test('gives a pod longer to leave than it takes', () => {
    const values = readYaml(read('deploy/helm/catraca/values.yaml')) as Record<string, number>
    const { terminationGracePeriodSeconds = 0, stopDelayMilliseconds = 0, shutdownGraceMilliseconds = 0 } = values
    expect(terminationGracePeriodSeconds * 1_000).toBeGreaterThan(stopDelayMilliseconds + shutdownGraceMilliseconds)
  })
})

test.skipIf(!existsSync('/usr/bin/systemd-analyze'))('systemd accepts the unit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'catraca-unit-'))
  try {
    const unit = join(folder, 'catraca.service')
    await writeFile(unit, read('deploy/systemd/catraca.service').replace('/opt/catraca/bin/catraca.js', process.execPath))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
    expect(stderr.split('\n').filter((line) => line.includes('catraca.service'))).toEqual([])
    expect(status).toBe(0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
