import t from 'tap'
import { parseJson } from './json.ts'
import { previousResult } from './previous-result.ts'

const previous = (config: object) => previousResult(parseJson(JSON.stringify(config)))
const IPS = [{ version: '4', address: '10.0.0.2/24' }]

t.test('[version] none is none: absent or null', async (t) => {
  t.equal(previous({ cniVersion: '0.4.0' }), undefined)
  t.equal(previous({ cniVersion: '0.4.0', prevResult: null }), undefined)
})

t.test("[version] a result without a version is of the config's", async (t) => {
  t.match(previous({ cniVersion: '0.4.0', prevResult: { ips: IPS } })?.ips, [{ address: { address: '10.0.0.2' } }])
  t.match(previous({ prevResult: { ip4: { ip: '10.0.0.2/24' } } })?.ips, [{ address: { address: '10.0.0.2' } }])
})

t.test('[version] a sister version is read, another form is refused', async (t) => {
  t.match(previous({ cniVersion: '0.4.0', prevResult: { cniVersion: '0.3.1', ips: IPS } })?.ips, [{ address: { address: '10.0.0.2' } }])
  t.throws(() => previous({ cniVersion: '1.0.0', prevResult: { cniVersion: '0.4.0', ips: IPS } }), {
    message: 'could not parse prevResult: result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is "0.4.0"',
  })
  t.throws(() => previous({ cniVersion: '0.4.0', prevResult: { cniVersion: '', ips: IPS } }), {
    message: 'could not parse prevResult: result type supports [0.3.0 0.3.1 0.4.0] but unmarshalled CNIVersion is ""',
  })
})

t.test('[version] what is wrong inside it is said', async (t) => {
  t.throws(() => previous({ cniVersion: '0.4.0', prevResult: { ips: [{ address: 'bad' }] } }), {
    message: 'could not parse prevResult: invalid CIDR address: bad',
  })
})
