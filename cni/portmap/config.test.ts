import t from 'tap'
import { readConfig } from './config.ts'
import { configText, mapping, previousResult, testCall, testConfig } from './testing/call.ts'

for (const cniVersion of ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0']) {
  t.test(
    `[portmap 1] version ${cniVersion}: an ADD config is read, and the addresses are those of the container’s interface`,
    async (t) => {
      const config = testConfig({
        cniVersion,
        backend: 'iptables',
        snat: false,
        conditionsV4: ['-s', '1.2.3.4'],
        conditionsV6: ['!', '-s', '12::34'],
        runtimeConfig: { portMappings: [mapping(8080, 80), mapping(8081, 81, 'udp')] },
        prevResult: {
          interfaces: [{ name: 'host' }, { name: 'eth0', sandbox: 'netns' }],
          ips: [
            { address: '10.0.0.1/24', gateway: '10.0.0.1', interface: 0 },
            { address: '2001:db8:1::2/64', gateway: '2001:db8:1::1', interface: 1 },
            { address: '10.0.0.2/24', gateway: '10.0.0.1', interface: 1 },
          ],
        },
      })
      t.match(config, {
        network: 'mynet',
        containerId: 'cid1',
        backend: 'iptables',
        snat: false,
        masqAll: false,
        markMasqBit: 13,
        externalSetMarkChain: undefined,
        conditions: { 4: ['-s', '1.2.3.4'], 6: ['!', '-s', '12::34'] },
        mappings: [
          { hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '' },
          { hostPort: 8081, containerPort: 81, protocol: 'udp', hostIP: '' },
        ],
        container: { 4: { address: '10.0.0.2', prefixLength: 24 }, 6: { address: '2001:db8:1::2', prefixLength: 64 } },
      })
    },
  )

  t.test(`[portmap 2] version ${cniVersion}: a DEL config needs neither mappings nor a previous result`, async (t) => {
    const config = testConfig({ cniVersion, snat: false, conditionsV4: ['-s', '1.2.3.4'], runtimeConfig: undefined, prevResult: undefined })
    t.match(config, { snat: false, mappings: [], container: {}, previous: undefined })
  })
}

t.test('what is left out has the reference’s defaults', async (t) => {
  const text = '{"cniVersion": "1.0.0", "name": "mynet"}'
  const config = readConfig(testCall({}, { text }), { iptables: () => true, nftables: () => true })
  t.strictSame(config, {
    network: 'mynet',
    containerId: 'cid1',
    backend: undefined,
    mappings: [],
    snat: true,
    masqAll: false,
    markMasqBit: 13,
    externalSetMarkChain: undefined,
    conditions: { 4: [], 6: [] },
    container: {},
    previous: undefined,
  })
})

t.test('keys are read in any case, as containerd writes them, and null is as absent', async (t) => {
  const runtimeConfig = { PortMappings: [{ HostPort: 8080, ContainerPort: 80, Protocol: 'TCP', HostIP: '' }] }
  const config = testConfig({ runtimeConfig, SNAT: null, markMasqBit: null, conditionsV4: null })
  t.strictSame(config.mappings, [{ hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '' }])
  t.match(config, { snat: true, markMasqBit: 13, conditions: { 4: [] } })
})

const BAD: { readonly name: string; readonly fields: object; readonly message: string }[] = [
  {
    name: '[portmap 3] host port 0',
    fields: { runtimeConfig: { portMappings: [mapping(0, 80)] } },
    message: 'Invalid host port number: 0',
  },
  {
    name: 'container port 0, which is looked at first',
    fields: { runtimeConfig: { portMappings: [mapping(0, 0)] } },
    message: 'Invalid container port number: 0',
  },
  {
    name: 'a negative port',
    fields: { runtimeConfig: { portMappings: [mapping(-1, 80)] } },
    message: 'Invalid host port number: -1',
  },
  {
    name: 'a mark bit and a mark chain',
    fields: { markMasqBit: 5, externalSetMarkChain: 'X' },
    message: 'Cannot specify externalSetMarkChain and markMasqBit',
  },
  { name: 'mark bit 32', fields: { markMasqBit: 32 }, message: 'MasqMarkBit must be between 0 and 31' },
  { name: 'mark bit -1', fields: { markMasqBit: -1 }, message: 'MasqMarkBit must be between 0 and 31' },
  { name: 'an unknown backend', fields: { backend: 'x' }, message: 'unrecognized backend "x"' },
  {
    name: 'a previous result with a bad address',
    fields: { prevResult: { ips: [{ address: 'bad' }] } },
    message: 'could not parse prevResult: could not parse prevResult: invalid CIDR address: bad',
  },
  {
    name: 'a wrong type',
    fields: { snat: 'yes' },
    message: 'failed to parse network configuration: json: cannot unmarshal string into Go struct field PortMapConf.snat of type bool',
  },
  {
    name: 'a port as text',
    fields: { runtimeConfig: { portMappings: [{ hostPort: '80', containerPort: 80 }] } },
    message:
      'failed to parse network configuration: json: cannot unmarshal string into Go struct field PortMapEntry.runtimeConfig.portMappings.hostPort of type int',
  },
]

for (const { name, fields, message } of BAD) {
  t.test(`${name} is refused in the reference’s words`, async (t) => {
    t.throws(() => testConfig(fields), { message })
  })
}

t.test('of several faults the first in the reference’s order is told', async (t) => {
  const ports = { portMappings: [mapping(0, 80)] }
  t.throws(() => testConfig({ markMasqBit: 40, backend: 'x', runtimeConfig: ports }), { message: 'MasqMarkBit must be between 0 and 31' })
  t.throws(() => testConfig({ backend: 'x', runtimeConfig: ports }), { message: 'unrecognized backend "x"' })
})

t.test('the host is not asked for a backend while the config does not need one', async (t) => {
  const never = (): never => t.fail('asked') as never
  const config = readConfig(testCall({}, { text: configText({ prevResult: previousResult(4, 6) }) }), { iptables: never, nftables: never })
  t.equal(config.backend, undefined)
})
