/** README.md is true of flags, metrics and annotations as long as this passes. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { createMetrics } from './metrics/metrics.ts'
import { PROXY_FLAGS } from './options/options.ts'
import { renderTraffic } from './traffic/render.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const [, fromProxy = ''] = README.split('\n### The service proxy\n')
const [PROXY_PART = ''] = fromProxy.split('\n### ')

const namesIn = (text: string, pattern: RegExp): Set<string> => new Set([...text.matchAll(pattern)].map(([, name = '']) => name))

t.test('the section of flags names every flag of the proxy, and no other', async (t) => {
  const [, fromFlags = ''] = PROXY_PART.split('\n#### Flags\n')
  const [flags = ''] = fromFlags.split('\n#### ')
  t.strictSame([...namesIn(flags, /`--([a-z0-9-]+)`/g)].sort(), Object.keys(PROXY_FLAGS).sort())
})

t.test('README names every metric by its whole name, and none that is not there', async (t) => {
  const settings = { version: '1', runtime: 'node1', now: () => 0, ofProcess: false }
  const counters = new Array<number>(10).fill(0)
  const traffic = [...renderTraffic([{ service: 'a/b', labels: 'a="b"', counters }])].join('')
  const made = namesIn(`${await createMetrics(settings).render()}\n${traffic}`, /^# TYPE (\S+) /gm)
  const named = namesIn(README, /`((?:kube_router|kubeproxy|selvedge)_[a-z_]+)[`{]/g)
  // A table of the executables' in nftables.
  named.delete('selvedge_portmap')
  t.strictSame([...named].sort(), [...made].sort())
})

t.test('README names every annotation that is read', async (t) => {
  const folder = new URL('./watch/', import.meta.url)
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const read = namesIn(sources.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n'), /'kube-router\.io\/([\w.-]+)'/g)
  t.ok(read.size >= 6)
  t.strictSame(
    [...read].filter((name) => !new RegExp(`\`${name}[\`:]`).test(PROXY_PART)),
    [],
  )
})
