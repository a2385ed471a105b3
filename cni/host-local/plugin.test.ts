import t from 'tap'
import { ipam, node, SMALL } from './fake-node.ts'

t.test('[host-local 1] one address of each set, with routes and resolver; DEL leaves the cursors', async (t) => {
  const { call, contents } = node()
  const config = ipam({
    resolvConf: '/etc/resolv.conf',
    ranges: [[{ subnet: '10.1.2.0/24' }, { subnet: '10.2.2.0/24' }], [{ subnet: '2001:db8:1::/64' }]],
    routes: [
      { dst: '0.0.0.0/0' },
      { dst: '::/0' },
      { dst: '192.168.0.0/16', gw: '1.1.1.1' },
      { dst: '2001:db8:2::/64', gw: '2001:db8:3::1' },
    ],
  })
  t.same(call('ADD', config).result, {
    cniVersion: '1.0.0',
    dns: { nameservers: ['192.0.2.3'] },
    ips: [
      { address: '10.1.2.2/24', gateway: '10.1.2.1' },
      { address: '2001:db8:1::2/64', gateway: '2001:db8:1::1' },
    ],
    routes: [
      { dst: '0.0.0.0/0' },
      { dst: '::/0' },
      { dst: '192.168.0.0/16', gw: '1.1.1.1' },
      { dst: '2001:db8:2::/64', gw: '2001:db8:3::1' },
    ],
  })
  const cursors = { 'last_reserved_ip.0': '10.1.2.2', 'last_reserved_ip.1': '2001:db8:1::2' }
  t.same(contents(), { '10.1.2.2': 'cid1\r\neth0', '2001:db8:1::2': 'cid1\r\neth0', ...cursors })
  t.same(call('DEL', config), { exitCode: 0, stderr: '', result: undefined })
  t.same(contents(), cursors)
})

t.test('[host-local 2] one container in two networks: each DEL frees its own interface', async (t) => {
  const { call, contents } = node()
  const first = { ...SMALL, name: 'net1' }
  const second = { ...ipam({ subnet: '10.2.2.0/24' }), name: 'net2' }
  call('ADD', first, { CNI_IFNAME: 'eth0' })
  call('ADD', second, { CNI_IFNAME: 'eth1' })
  t.same([contents('net1')['10.1.2.2'], contents('net2')['10.2.2.2']], ['cid1\r\neth0', 'cid1\r\neth1'])
  call('DEL', first, { CNI_IFNAME: 'eth0' })
  t.same([contents('net1')['10.1.2.2'], contents('net2')['10.2.2.2']], [undefined, 'cid1\r\neth1'])
  call('DEL', second, { CNI_IFNAME: 'eth1' })
  t.equal(contents('net2')['10.2.2.2'], undefined)
})

t.test('[host-local 3] a second ADD of one container fails and takes nothing', async (t) => {
  const { call, contents } = node()
  call('ADD', SMALL)
  const message = 'failed to allocate for range 0: 10.1.2.2 has been allocated to cid1, duplicate allocation is not allowed'
  t.same(call('ADD', SMALL).result, { code: 999, msg: message })
  t.match(call('ADD', SMALL, { CNI_CONTAINERID: 'cid2' }).result.ips, [{ address: '10.1.2.3/24' }])
  t.same(call('ADD', SMALL).result, { code: 999, msg: message })
  call('DEL', SMALL)
  t.same(contents(), { '10.1.2.3': 'cid2\r\neth0', 'last_reserved_ip.0': '10.1.2.3' })
})

t.test('[host-local 4] DEL frees a lease that names the container only', async (t) => {
  const { call, contents } = node({ '10.1.2.2': 'cid1' })
  call('DEL', SMALL)
  t.same(contents(), {})
})

t.test('[host-local 5] DEL of a container that was never added succeeds', async (t) => {
  t.match(node().call('DEL', SMALL), { exitCode: 0 })
})

t.test('[host-local 6] a container id with white space never reaches the disk', async (t) => {
  const { call, folders } = node()
  t.match(call('ADD', SMALL, { CNI_CONTAINERID: '  cid1\n' }).result, { code: 4, msg: 'invalid characters in containerID' })
  t.equal(folders.size, 0)
})

t.test('requested addresses', async (t) => {
  t.match(
    node().call('ADD', { ...SMALL, args: { cni: { ips: ['10.1.2.88'] } } }).result.ips,
    [{ address: '10.1.2.88/24', gateway: '10.1.2.1' }],
    '[host-local 8]',
  )
  const two = ipam({ ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: '10.1.3.0/24' }]] })
  t.match(
    node().call('ADD', { ...two, args: { cni: { ips: ['10.1.2.88', '10.1.3.77'] } } }).result.ips,
    [{ address: '10.1.2.88/24' }, { address: '10.1.3.77/24' }],
    '[host-local 9]',
  )
  t.match(
    node().call('ADD', { ...two, cniVersion: '0.2.0' }).result,
    { msg: 'CNI version 0.2.0 does not support more than 1 address per family' },
    '[host-local 9] 0.2.0',
  )
  const dual = ipam({ ranges: [[{ subnet: '172.16.1.0/24' }, { subnet: '10.1.2.0/24' }], [{ subnet: '2001:db8:1::/48' }]] })
  t.match(
    node().call('ADD', { ...dual, args: { cni: { ips: ['10.1.2.88', '2001:db8:1::999'] } } }).result.ips,
    [{ address: '10.1.2.88/24' }, { address: '2001:db8:1::999/48' }],
    '[host-local 10]',
  )
})

t.test('[host-local 11] a requested address of no set fails and leaves no lease', async (t) => {
  const { call, contents } = node()
  t.same(call('ADD', { ...SMALL, args: { cni: { ips: ['10.1.2.88', '10.1.3.77'] } } }).result, {
    code: 999,
    msg: 'failed to allocate all requested IPs: 10.1.3.77',
  })
  t.same(contents(), { 'last_reserved_ip.0': '10.1.2.88' })
})

t.test('a resolver file that is missing fails before anything is leased', async (t) => {
  const { call, folders } = node()
  t.same(call('ADD', ipam({ subnet: '10.1.2.0/24', resolvConf: '/none' })).result, {
    code: 999,
    msg: 'open /none: no such file or directory',
  })
  t.equal(folders.size, 0)
})

t.test('CHECK finds either form of lease', async (t) => {
  for (const content of ['cid1\r\neth0', 'cid1']) t.match(node({ '10.1.2.2': content }).call('CHECK', SMALL), { exitCode: 0 })
  t.same(node({ '10.1.2.2': 'cid1\r\neth1' }).call('CHECK', SMALL).result, {
    code: 999,
    msg: 'host-local: Failed to find address added by container cid1',
  })
})

t.test('a bad config fails every verb', async (t) => {
  for (const verb of ['ADD', 'DEL', 'CHECK'])
    t.match(node().call(verb, ipam({ ranges: [[]] })).result, { msg: 'invalid range set 0: empty range set' })
})

t.test('leases lie in the folder of the network, by default where the reference has them', async (t) => {
  for (const [dataDir, path] of [
    ['/data/', '/data/mynet'],
    ['', '/var/lib/cni/networks/mynet'],
  ]) {
    const { call, folders } = node()
    call('ADD', ipam({ subnet: '10.1.2.0/24', dataDir }))
    t.same([...folders.keys()], [path])
  }
})
