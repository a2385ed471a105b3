/** Where ours is better than what was recorded, and why: every value that differs, so that nothing else may. */
import type { Observation } from './observe.ts'

export interface Deliberate {
  /** The case's name. */
  readonly name: string
  readonly reason: string
  /** What is observed instead after each step; steps count from 1. */
  readonly ours: Readonly<Record<number, Observation>>
}

/** What an ordinary failure prints. */
const errorText = (msg: string): string => JSON.stringify({ code: 999, msg }, null, 4)

const PORT = { hairpin: null, isolated: null }

/** A host and a pod that nothing was added to. */
const UNTOUCHED: Observation = {
  'links h': [['lo', 65536, true, null, null, PORT, 0, ['127.0.0.1/8', '::1/128']]],
  'links p': [['lo', 65536, false, null, null, PORT, 0, []]],
}

/** The host of an ADD that is undone has no bridge, and so no settings of one. */
const NO_BRIDGE: Observation = { 'links h': UNTOUCHED['links h'], 'net.ipv4.conf.kube-bridge.route_localnet': '' }

const NO_RULES: Observation = {
  'iptables-save': '*nat\n:PREROUTING ACCEPT \n:INPUT ACCEPT \n:OUTPUT ACCEPT \n:POSTROUTING ACCEPT \nCOMMIT',
}

export const DELIBERATE: readonly Deliberate[] = [
  {
    name: 'bridge l2 0.2.0',
    reason: 'An ADD that fails undoes all that it made; the reference leaves the bridge, and the pod with its link.',
    ours: { 1: { ...NO_BRIDGE, ...UNTOUCHED }, 2: NO_BRIDGE, 3: NO_BRIDGE },
  },
  {
    name: 'bridge {"args": {"cni": {"mac": "zz"}}}',
    reason: 'A MAC address that is none is refused before anything is made; the reference leaves a bridge.',
    ours: { 1: NO_BRIDGE, 2: NO_BRIDGE, 3: NO_BRIDGE, 4: NO_BRIDGE },
  },
  {
    name: 'bridge gone netns on ADD',
    reason: 'An ADD that fails undoes all that it made; the reference leaves a bridge.',
    ours: { 1: NO_BRIDGE, 2: NO_BRIDGE },
  },
  {
    name: 'bridge netns is a file',
    reason:
      'An ADD that fails undoes all that it made. DEL frees the lease of a namespace whose path is something else by now; the reference fails for ever, and keeps the lease.',
    ours: { 1: NO_BRIDGE, 2: { ...NO_BRIDGE, exit: 0, stdout: '', files: [['mynet/lock', '0o750', '']] } },
  },
  {
    name: 'portmap {"externalSetMarkChain": "PLZ-SET-MARK"}',
    reason:
      'All rules of a call are one transaction: one that fails, here for want of a chain, leaves nothing, and the message quotes that transaction instead of a single rule. The reference leaves what it made until then.',
    ours: {
      1: {
        ...NO_RULES,
        stdout: errorText(
          "unable to setup DNAT: running [/usr/sbin/iptables-restore --noflush --wait]: exit status 2: iptables-restore v1.8.9 (nf_tables): Chain 'PLZ-SET-MARK' does not exist\nError occurred at line: 10\nTry `iptables-restore -h' or 'iptables-restore --help' for more information.\n",
        ),
      },
      2: {
        ...NO_RULES,
        stdout: errorText('could not check ipv4 dnat: chain CNI-DN-a631aa8e1549a3b129110 not found in iptables table nat'),
      },
      3: NO_RULES,
      4: NO_RULES,
    },
  },
]
