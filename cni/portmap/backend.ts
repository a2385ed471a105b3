/** Which of the two packet filters holds the mappings. */
import { goQuote } from '../protocol/text.ts'

export type BackendName = 'iptables' | 'nftables'

/** Whether a packet filter can be used on this host; asking may start a process. */
export interface BackendProbe {
  iptables(): boolean
  nftables(): boolean
}

/** What a config says about it. */
export interface BackendWishes {
  readonly backend: string | undefined
  readonly externalSetMarkChain: string | undefined
  readonly conditionsV4: readonly string[]
  readonly conditionsV6: readonly string[]
}

/**
 * The backend a config asks for; undefined when it leaves the choice to the host. The host is asked here only when the config names
 * no backend and yet has options that only one understands.
 * @throws Error when options and backend contradict each other, or for an unknown name
 */
export const backendOf = (wishes: BackendWishes, probe: BackendProbe): BackendName | undefined => {
  const options = optionsByBackend(wishes)
  if (wishes.backend === undefined && options.iptables.length + options.nftables.length === 0) return undefined
  const backend = wishes.backend ?? availableBackend(probe)
  const other = backend === 'iptables' ? 'nftables' : 'iptables'
  if (options[other].length > 0) {
    throw new Error(`${backend} backend was requested but configuration contains ${other}-specific options [${options[other].join(' ')}]`)
  }
  if (backend !== 'iptables' && backend !== 'nftables') throw new Error(`unrecognized backend ${goQuote(backend)}`)
  return backend
}

/** iptables, unless only nftables can be used. */
export const availableBackend = (probe: BackendProbe): BackendName => (!probe.iptables() && probe.nftables() ? 'nftables' : 'iptables')

const optionsByBackend = (wishes: BackendWishes): Readonly<Record<BackendName, string[]>> => {
  const options: Record<BackendName, string[]> = { iptables: [], nftables: [] }
  if (wishes.externalSetMarkChain !== undefined) options.iptables.push('externalSetMarkChain')
  for (const name of ['conditionsV4', 'conditionsV6'] as const) {
    const syntax = syntaxOf(wishes[name])
    if (syntax !== undefined) options[syntax].push(name)
  }
  return options
}

/** Every match of iptables begins with `-` or `!`, none of nftables does. */
const syntaxOf = ([first = '']: readonly string[]): BackendName | undefined => {
  if (first === '') return undefined
  return first.startsWith('-') || first.startsWith('!') ? 'iptables' : 'nftables'
}
