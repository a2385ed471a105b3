import t from 'tap'
import { createPortmap } from './plugin.ts'
import { testCall } from './testing/call.ts'
import { type SimulatedHostOptions, simulatedHost } from './testing/simulated-host.ts'

const status = (fields: object, options: SimulatedHostOptions = {}): void =>
  createPortmap(simulatedHost(options)).status?.(testCall({ prevResult: undefined, runtimeConfig: undefined, ...fields }))

t.test('where the backend can be used all is well', async (t) => {
  const usable: [fields: object, options?: SimulatedHostOptions][] = [
    [{}],
    [{ backend: 'iptables' }],
    [{ backend: 'nftables' }],
    [{}, { unusable: 'not installed' }],
    [{ backend: 'nftables' }, { unusable: 'not installed' }],
  ]
  for (const [fields, options] of usable) t.doesNotThrow(() => status(fields, options))
})

const UNUSABLE: {
  readonly name: string
  readonly fields: object
  readonly options: SimulatedHostOptions
  readonly error: { readonly message: string; readonly code?: number; readonly details?: string }
}[] = [
  {
    name: 'iptables that fails',
    fields: { backend: 'iptables' },
    options: { unusable: 'iptables-save is not installed' },
    error: { code: 50, message: 'the iptables backend cannot be used', details: 'iptables-save is not installed' },
  },
  {
    name: 'neither packet filter',
    fields: {},
    options: { unusable: 'broken', isNftInstalled: false },
    error: { code: 50, message: 'the iptables backend cannot be used', details: 'broken' },
  },
  {
    name: 'nftables without nft',
    fields: { backend: 'nftables' },
    options: { isNftInstalled: false },
    error: { code: 50, message: 'the nftables backend cannot be used', details: 'nft is not installed' },
  },
  {
    name: 'nftables without the kernel’s part',
    fields: { backend: 'nftables' },
    options: { hasNfTables: false },
    error: { code: 50, message: 'the nftables backend cannot be used', details: 'the kernel has no nf_tables' },
  },
  {
    name: 'a config that ADD refuses',
    fields: { backend: 'x' },
    options: {},
    error: { message: 'failed to parse config: unrecognized backend "x"' },
  },
]

for (const { name, fields, options, error } of UNUSABLE) {
  t.test(`${name} is told; the reference says that all is well`, async (t) => {
    t.throws(() => status(fields, options), error)
  })
}
