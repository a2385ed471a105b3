/** What `selvedge doctor` sees of a node, before anything is made of it. */
import type { PodNetwork } from '../conflist/pod-network.ts'

/** `unknown` = nothing tells: it may be built in, or in a folder that is not mounted here. */
export type ModuleState = 'present' | 'loadable' | 'absent' | 'unknown'

/** Something that was read, or why it could not be. */
export type Read<T> = { readonly value: T } | { readonly failure: string }

export interface Parameter {
  /** Below /proc/sys. */
  readonly path: string
  readonly wanted: string
  /** undefined = there is no such parameter (now). */
  readonly current: string | undefined
  readonly writable: boolean
}

export interface KernelFacts {
  readonly release: string
  readonly modules: Readonly<Record<string, ModuleState>>
  /** `1.0.6` */
  readonly nft: Read<string>
  /** Whether nftables can be read. */
  readonly tables: Read<true>
  /** The programs that are looked for, and where they are. */
  readonly programs: Readonly<Record<'modprobe' | 'iptables', string | undefined>>
  readonly parameters: readonly Parameter[]
  /** What kube-router or kube-proxy left. */
  readonly leftovers: Read<readonly string[]>
}

export interface CniFacts {
  readonly podNetwork: Read<PodNetwork>
  readonly confDirectory: string
  /** Names of the configurations there, in the order in which runtimes take them. */
  readonly configurations: Read<readonly string[]>
  /** The networks of the bridge in the first of them; undefined when it is no conflist with a bridge. */
  readonly subnets: readonly string[] | undefined
  readonly bridgeMtu: number | undefined
  readonly binDirectory: string
  /** `missing` by name; `ours` = all four are those that this program would install. */
  readonly executables: Read<{ readonly missing: readonly string[]; readonly ours: boolean }>
}

export interface ApiFacts {
  /** Where the API server is, or why nobody knows. */
  readonly server: Read<string>
  readonly node: string
  /** What was asked for, and the answer: how many objects of it were listed. */
  readonly lists: Readonly<Record<'services' | 'endpointslices' | 'nodes', Read<number>>> | undefined
}

export interface PortFact {
  /** `--health-port` */
  readonly flag: string
  readonly port: number
  /** Why nobody can listen there; undefined = it is free. */
  readonly failure: string | undefined
}

export interface Facts {
  readonly netAdmin: boolean
  readonly proxyRuns: boolean
  readonly kernel: KernelFacts
  readonly cni: CniFacts
  readonly api: ApiFacts
  /** Empty while a proxy runs: they are its own. */
  readonly ports: readonly PortFact[]
}
