import t from 'tap'
import { ensureSettings, settingsFor } from './settings.ts'

const reuseMode = (release: string) => settingsFor(release).find(({ path }) => path === 'net/ipv4/vs/conn_reuse_mode')?.value

t.test('connections that reuse a port: by kernel version', async (t) => {
  for (const release of ['5.9.0', '5.10.0-26-amd64', '6.1.0-44-amd64', '10.0', 'unknown']) t.equal(reuseMode(release), '1', release)
  for (const release of ['5.8.18', '4.18.0-553.el8_10.x86_64', '3.10.0']) t.equal(reuseMode(release), '0', release)
})

const missing = (path: string): never => {
  throw Object.assign(new Error(path), { code: 'ENOENT' })
}

t.test('what a node may lack is no failure, what Services cannot do without is', async (t) => {
  const lacking = (prefix: string) => ({
    read: () => '6.1.0',
    write: () => {},
    ensure: (path: string) => (path.startsWith(prefix) ? missing(path) : false),
  })
  t.equal(ensureSettings(lacking('net/bridge/')), false)
  t.throws(() => ensureSettings(lacking('net/ipv4/vs/')), {
    message: 'the kernel parameter net/ipv4/vs/conntrack cannot be made 1: no such file or directory',
  })
})
