import t from 'tap'
import { parseInstallOptions } from './options.ts'

t.test('options come from flags, and the place of the conflist from the environment too', async (t) => {
  const defaults = {
    conflist: undefined,
    confDirectory: '/etc/cni/net.d',
    confName: undefined,
    binDirectory: '/opt/cni/bin',
    executables: undefined,
    subnetEnv: '/run/flannel/subnet.env',
    nodeJson: undefined,
    mtu: undefined,
  }
  t.strictSame(parseInstallOptions([], {}), defaults)
  const environment = { KUBE_ROUTER_CNI_CONF_FILE: '/etc/other/10-kuberouter.conflist' }
  t.strictSame(parseInstallOptions(['--conflist=x', '--mtu', '1400', '--bin-dir=/b'], environment), {
    ...defaults,
    conflist: 'x',
    mtu: 1400,
    binDirectory: '/b',
    confDirectory: '/etc/other',
    confName: '10-kuberouter.conflist',
  })
  t.strictSame(parseInstallOptions(['--conf-dir=/c'], environment), { ...defaults, confDirectory: '/c' })
})

t.test('options that make no sense name what is legal', async (t) => {
  t.throws(() => parseInstallOptions(['--conf-dir=net.d'], {}), {
    name: 'UsageError',
    message: '--conf-dir=net.d is not legal: expected an absolute path',
  })
  t.throws(() => parseInstallOptions(['--mtu=67'], {}), {
    message: '--mtu=67 is not legal: expected 0, or a whole number from 68 to 65535',
  })
  for (const path of ['10-a.conflist', '/etc/10-a.conf', '/etc/']) {
    t.throws(() => parseInstallOptions([], { KUBE_ROUTER_CNI_CONF_FILE: path }), {
      message: `KUBE_ROUTER_CNI_CONF_FILE="${path}" is not legal: expected an absolute path of a file whose name ends in .conflist`,
    })
  }
})
