import t from 'tap'
import { checkContainerId, checkInterfaceName, checkNetworkName } from './names.ts'

t.test('[utils] container ids and network names are letters, digits, _ . - with a letter or digit first', async (t) => {
  for (const name of ['a', '0', 'a_b.c-d', 'A9']) {
    t.doesNotThrow(() => checkContainerId(name), name)
    t.doesNotThrow(() => checkNetworkName(name), name)
  }
  for (const name of ['-a', '.a', '_a', 'a/b', '..', 'a b', 'a\n', '\na', 'é', 'a\0']) {
    t.throws(() => checkContainerId(name), { code: 4, message: 'invalid characters in containerID', details: name }, JSON.stringify(name))
    t.throws(
      () => checkNetworkName(name),
      { code: 7, message: 'invalid characters found in network name', details: name },
      JSON.stringify(name),
    )
  }
  t.throws(() => checkNetworkName(''), { code: 7, message: 'missing network name' })
})

t.test('[utils] interface names fit the kernel and a path', async (t) => {
  for (const name of ['eth0', 'a.b', '...', 'exactly15bytes_', 'ö'.repeat(7)]) t.doesNotThrow(() => checkInterfaceName(name), name)
  t.throws(() => checkInterfaceName(''), { code: 4, message: 'interface name is empty', details: '' })
  for (const name of ['sixteen_bytes_xx', 'ö'.repeat(8)]) {
    t.throws(() => checkInterfaceName(name), {
      code: 4,
      message: 'interface name is too long',
      details: 'interface name should be less than 16 characters',
    })
  }
  for (const name of ['.', '..']) t.throws(() => checkInterfaceName(name), { code: 4, message: 'interface name is . or ..' })
  for (const name of ['a/b', 'a:b', 'a b', 'a\tb', 'a\u0085b', 'a\u3000b']) {
    t.throws(() => checkInterfaceName(name), { code: 4, message: 'interface name contains / or : or whitespace characters' }, name)
  }
})
