import t from 'tap'
import { give } from './fake-attempt.ts'
import { type FakeLeaseFolder, fakeLeaseFolder } from './fake-lease-folder.ts'
import { release } from './leases.ts'

/** A folder where these addresses are taken by others. */
const taken = (addresses: readonly string[], last?: string): FakeLeaseFolder =>
  fakeLeaseFolder({
    ...Object.fromEntries(addresses.map((address) => [address, 'other\r\neth0'])),
    ...(last !== undefined && { 'last_reserved_ip.0': last }),
  })

t.test('[host-local 20] the next free address after the one given last', async (t) => {
  const rows: readonly (readonly [string, readonly string[], readonly string[], string | undefined, string])[] = [
    ['fresh, v4', ['10.0.0.0/29'], [], undefined, '10.0.0.2'],
    ['fresh, v6', ['2001:db8:1::/64'], [], undefined, '2001:db8:1::2'],
    ['the smallest subnet', ['10.0.0.0/30'], [], undefined, '10.0.0.2'],
    ['skips what is taken', ['10.0.0.0/29'], ['10.0.0.2'], undefined, '10.0.0.3'],
    ['after the last', ['10.0.0.0/29'], ['10.0.0.2'], '10.0.0.5', '10.0.0.6'],
    ['skips two', ['10.0.0.0/29'], ['10.0.0.4', '10.0.0.5'], '10.0.0.3', '10.0.0.6'],
    ['wraps', ['10.0.0.0/29'], ['10.0.0.4', '10.0.0.5', '10.0.0.6'], '10.0.0.3', '10.0.0.2'],
    ['the last is out of range', ['10.0.0.0/29'], ['10.0.0.2'], '10.0.0.128', '10.0.0.3'],
    ['full except for the last', ['10.0.0.0/29'], ['10.0.0.2', '10.0.0.4', '10.0.0.5', '10.0.0.6'], '10.0.0.3', '10.0.0.3'],
    ['two subnets', ['10.0.0.0/30', '10.0.1.0/30'], ['10.0.0.2'], '10.0.0.2', '10.0.1.2'],
    ['the next subnet', ['10.0.0.0/30', '10.0.1.0/30', '10.0.2.0/30'], ['10.0.1.2'], '10.0.0.2', '10.0.2.2'],
    ['back to the first', ['10.0.0.0/30', '10.0.1.0/30', '10.0.2.0/30'], ['10.0.1.2', '10.0.2.2'], '10.0.1.2', '10.0.0.2'],
  ]
  for (const [name, set, used, last, expected] of rows) t.match(give(taken(used, last), { sets: [set] })[0], expected, name)
})

t.test('[host-local 21] the broadcast address is never given: the sixth of a /29 fails', async (t) => {
  const folder = fakeLeaseFolder()
  const given = ['a', 'b', 'c', 'd', 'e'].map((id) => give(folder, { sets: [['10.9.9.0/29']], id })[0])
  t.same(
    given,
    [2, 3, 4, 5, 6].map((last) => `10.9.9.${last}/29 10.9.9.1`),
  )
  t.throws(() => give(folder, { sets: [['10.9.9.0/29']], id: 'f' }), {
    message: 'failed to allocate for range 0: no IP addresses available in range set: 10.9.9.1-10.9.9.6',
  })
})

t.test('[host-local 22] a released address is not given again at once', async (t) => {
  const folder = fakeLeaseFolder()
  const sets = [['10.0.0.0/29']]
  give(folder, { sets })
  folder.locked(() => release(folder, { containerId: 'c1', ifname: 'eth0' }))
  t.same(give(folder, { sets }), ['10.0.0.3/29 10.0.0.1'])
})

t.test('a requested address is given', async (t) => {
  const folder = fakeLeaseFolder()
  t.same(give(folder, { sets: [['10.0.0.0/29']], requested: ['10.0.0.5'] }), ['10.0.0.5/29 10.0.0.1'], '[host-local 23]')
  t.equal(folder.files.get('last_reserved_ip.0'), '10.0.0.5')
})

t.test('a requested address that cannot be given says why', async (t) => {
  const rows: readonly (readonly [string, FakeLeaseFolder, string, string])[] = [
    [
      '[host-local 24] taken',
      taken(['10.0.0.5']),
      '10.0.0.5',
      'failed to allocate for range 0: requested IP address 10.0.0.5 is not available in range set 10.0.0.1-10.0.0.6',
    ],
    ['[host-local 25] after the end', taken([]), '10.0.0.7', 'failed to allocate all requested IPs: 10.0.0.7'],
    ['[host-local 26] before the start', taken([]), '10.0.0.0', 'failed to allocate all requested IPs: 10.0.0.0'],
    ['the gateway', taken([]), '10.0.0.1', "failed to allocate for range 0: requested ip 10.0.0.1 is subnet's gateway"],
  ]
  for (const [name, folder, address, message] of rows) {
    t.throws(() => give(folder, { sets: [['10.0.0.0/29']], requested: [address] }), { message }, name)
  }
})

t.test('[host-local 27] an exhausted set names all its ranges', async (t) => {
  for (const [set, used, ranges] of [
    [['10.0.0.0/30'], ['10.0.0.2'], '10.0.0.1-10.0.0.2'],
    [['10.0.0.0/30', '10.0.1.0/30'], ['10.0.0.2', '10.0.1.2'], '10.0.0.1-10.0.0.2,10.0.1.1-10.0.1.2'],
    [['2001:db8::/126'], ['2001:db8::2', '2001:db8::3'], '2001:db8::1-2001:db8::3'],
  ] as const) {
    t.throws(() => give(taken(used), { sets: [set] }), {
      message: `failed to allocate for range 0: no IP addresses available in range set: ${ranges}`,
    })
  }
})

t.test('a container gets no second address from a set, under either form of lease', async (t) => {
  for (const content of ['c1\r\neth0', 'c1']) {
    t.throws(() => give(fakeLeaseFolder({ '10.0.0.4': content }), { sets: [['10.0.0.0/29']] }), {
      message: 'failed to allocate for range 0: 10.0.0.4 has been allocated to c1, duplicate allocation is not allowed',
    })
  }
  t.same(give(fakeLeaseFolder({ '10.0.0.2': 'c1\r\neth1' }), { sets: [['10.0.0.0/29']] }), ['10.0.0.3/29 10.0.0.1'], 'another interface')
  t.same(give(fakeLeaseFolder({ '10.7.0.2': 'c1\r\neth0' }), { sets: [['10.0.0.0/29']] }), ['10.0.0.2/29 10.0.0.1'], 'another set')
})

t.test('a crowded range costs one reading of the names, not a question for each', async (t) => {
  const others = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`10.0.0.${index + 2}`, 'other\r\neth0']))
  const folder = fakeLeaseFolder(others)
  let questions = 0
  const { create } = folder
  folder.create = (name, content) => {
    questions += 1
    return create(name, content)
  }
  t.same(give(folder, { sets: [['10.0.0.0/24']] }), ['10.0.0.202/24 10.0.0.1'])
  t.equal(questions, 17)
})

t.test('a failure frees what this call leased, and nothing else', async (t) => {
  const sets = [['10.0.0.0/29'], ['10.0.1.0/29'], ['fd00::/126']]
  const before = { 'fd00::2': 'x\r\neth0', 'fd00::3': 'x\r\neth0', '10.7.7.7': 'c1\r\neth0' }
  const folder = fakeLeaseFolder(before)
  t.throws(() => give(folder, { sets }), { message: /^failed to allocate for range 2: no IP addresses available/ })
  t.same(Object.fromEntries(folder.files), { ...before, 'last_reserved_ip.0': '10.0.0.2', 'last_reserved_ip.1': '10.0.1.2' })
})

t.test('a cursor that cannot be written leaves no lease', async (t) => {
  const folder = fakeLeaseFolder()
  folder.failing.add('write last_reserved_ip.0')
  t.throws(() => give(folder, { sets: [['10.0.0.0/29']] }), {
    message: 'failed to allocate for range 0: write last_reserved_ip.0: input/output error',
  })
  t.same([...folder.files], [])
})

t.test('a cursor that cannot be read is a warning, a missing one is nothing', async (t) => {
  const warnings: string[] = []
  t.same(give(fakeLeaseFolder(), { sets: [['10.0.0.0/29']], warnings }), ['10.0.0.2/29 10.0.0.1'])
  t.same(warnings, [], '[host-local 7]')
  const folder = taken([], '10.0.0.4')
  folder.failing.add('read last_reserved_ip.0')
  t.same(give(folder, { sets: [['10.0.0.0/29']], warnings }), ['10.0.0.2/29 10.0.0.1'])
  t.same(warnings, ['Error retrieving last reserved ip: read last_reserved_ip.0: input/output error'])
})

t.test('no two containers ever hold one address, whoever comes and goes', async (t) => {
  const folder = fakeLeaseFolder()
  const holding = new Map<string, string>()
  let seed = 7
  for (let step = 0; step < 500; step++) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff
    const id = `c${(seed >> 8) % 12}`
    const held = holding.get(id)
    if (held === undefined && holding.size < 5) {
      const [given = ''] = give(folder, { sets: [['10.0.0.0/29']], id })
      if ([...holding.values()].includes(given)) t.fail(`${given} given twice`)
      holding.set(id, given)
    } else {
      folder.locked(() => release(folder, { containerId: id, ifname: 'eth0' }))
      holding.delete(id)
    }
  }
  t.equal(folder.files.size, holding.size + 1)
})
