import fs, { linkSync } from 'node:fs'
import t from 'tap'
import { observeCni } from './observe-cni.ts'

const NAMES = ['host-local', 'loopback', 'portmap']
const IPAM = { type: 'host-local', ranges: [[{ subnet: '10.20.3.0/24' }], [{ subnet: 'fd00::/64' }]] }
const CONFLIST = JSON.stringify({ cniVersion: '1.0.0', name: 'n', plugins: [{ type: 'bridge', mtu: 1450, ipam: IPAM }] })

t.test('what a runtime would take, and whose executables there are', async (t) => {
  const folder = t.testdir({
    'subnet.env': 'FLANNEL_SUBNET=10.20.3.1/24\nFLANNEL_MTU=1450\n',
    'net.d': { '20-b.conflist': '{', '10-a.conflist': CONFLIST, '00-README': '' },
    built: { bridge: 'x' },
    bin: { bridge: 'y' },
  })
  for (const name of NAMES) linkSync(`${folder}/built/bridge`, `${folder}/built/${name}`)
  const places = {
    subnetEnv: `${folder}/subnet.env`,
    links: `${folder}/links`,
    confDirectory: `${folder}/net.d`,
    binDirectory: `${folder}/bin`,
    executables: `${folder}/built`,
  }
  const facts = observeCni(fs, places)
  t.match(facts, {
    podNetwork: { value: { mtu: 1450 } },
    configurations: { value: ['10-a.conflist', '20-b.conflist'] },
    subnets: ['10.20.3.0/24', 'fd00::/64'],
    bridgeMtu: 1450,
    executables: { value: { missing: ['host-local', 'loopback', 'portmap'], ours: false } },
  })
  t.strictSame(
    observeCni(fs, { ...places, binDirectory: `${folder}/built` }).executables,
    { value: { missing: [], ours: false } },
    'their mode is not that of executables',
  )
  fs.chmodSync(`${folder}/built/bridge`, 0o755)
  t.strictSame(observeCni(fs, { ...places, binDirectory: `${folder}/built` }).executables, { value: { missing: [], ours: true } })
})

t.test('what is not there is a fact', async (t) => {
  const folder = t.testdir({})
  const facts = observeCni(fs, {
    subnetEnv: `${folder}/a`,
    links: `${folder}/e`,
    confDirectory: `${folder}/b`,
    binDirectory: `${folder}/c`,
    executables: `${folder}/d`,
  })
  t.strictSame(facts.podNetwork, { failure: `${folder}/a: cannot be read: no such file or directory` })
  t.strictSame(facts.configurations, { failure: 'no such file or directory' })
  for (const part of [facts.podNetwork, facts.configurations, facts.executables]) t.ok('failure' in part)
  t.equal(facts.subnets, undefined)
})
