import t from 'tap'
import { similarName } from './similar.ts'

const NAMES = ['ipvs-sync-period', 'iptables-sync-period', 'kubeconfig', 'health-port', 'v', 'name']

const CASES: readonly { readonly name: string; readonly written: string; readonly meant: string | undefined }[] = [
  { name: 'a letter forgotten', written: 'ipvs-sync-perod', meant: 'ipvs-sync-period' },
  { name: 'a letter too many', written: 'kubeconfigg', meant: 'kubeconfig' },
  { name: 'another letter', written: 'healtk-port', meant: 'health-port' },
  { name: 'two letters exchanged', written: 'nmae', meant: 'name' },
  { name: 'underscores and capitals', written: 'Health_Port', meant: 'health-port' },
  { name: 'a short name two edits away', written: 'nxmx', meant: undefined },
  { name: 'another word', written: 'proxy-mode', meant: undefined },
  { name: 'nothing', written: '', meant: undefined },
  { name: 'a name of a megabyte', written: 'x'.repeat(1 << 20), meant: undefined },
]

for (const { name, written, meant } of CASES) {
  t.test(`similarName: ${name}`, async (t) => t.equal(similarName(written, NAMES), meant))
}

t.test('the nearest of several is meant', async (t) => {
  t.equal(similarName('ipvs-sync-perio', ['ipvs-sync-peri', 'ipvs-sync-period', 'ipvs-sync-periods']), 'ipvs-sync-peri')
})
