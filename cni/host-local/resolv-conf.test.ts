import t from 'tap'
import { parseResolvConf } from './resolv-conf.ts'

t.test('[host-local 12] one name server', async (t) => {
  t.same(parseResolvConf('nameserver 192.0.2.0\nnameserver 192.0.2.1\n'), {
    nameservers: ['192.0.2.0', '192.0.2.1'],
    domain: '',
    search: [],
    options: [],
  })
})

t.test('[host-local 13] comments and what is not known are passed over', async (t) => {
  t.same(parseResolvConf('# a\n;b\n\nnameserver 192.0.2.0 # rest\nsortlist 10.0.0.0\n  nameserver\n').nameservers, ['192.0.2.0'])
})

t.test('[host-local 14] search and options add up, the last domain counts', async (t) => {
  t.same(parseResolvConf('domain a\n\tdomain b c\nsearch x y\noptions o1\r\nsearch z\noptions o2 o3\nnameserver 1.1.1.1'), {
    nameservers: ['1.1.1.1'],
    domain: 'b',
    search: ['x', 'y', 'z'],
    options: ['o1', 'o2', 'o3'],
  })
})
