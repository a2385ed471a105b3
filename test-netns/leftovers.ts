/** What tests and demos must not leave behind: namespaces, links, rules, routes, IPVS, processes, files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { ignoring } from '#kernel/errno.ts'
import { attempt } from './rig/run.ts'

/** Everything of one kind, one text each. */
export type Surroundings = Readonly<Record<string, readonly string[]>>

/** What is here and was not before, by the sentence that it breaks. */
export interface Leftover {
  readonly name: string
  readonly found: readonly string[]
}

/** Reads what is here now: this network namespace, this process' view of files and processes. */
export const observeSurroundings = (): Surroundings =>
  Object.fromEntries(Object.entries(observers).map(([kind, observe]) => [kind, observe()]))

/** Compares; what is only slow to go gets two seconds. */
export const findLeftovers = async (before: Surroundings): Promise<Leftover[]> => {
  for (let tries = 0; tries < 20; tries++) {
    const leftovers = compareSurroundings(before, observeSurroundings())
    if (leftovers.every(({ found }) => found.length === 0)) return leftovers
    await after(100)
  }
  return compareSurroundings(before, observeSurroundings())
}

/** What `now` has and `before` had not, kind by kind. */
export const compareSurroundings = (before: Surroundings, now: Surroundings): Leftover[] =>
  Object.entries(now).map(([kind, things]) => ({
    name: `no ${kind} are left`,
    found: things.filter((thing) => !(before[kind] ?? []).includes(thing)),
  }))

const lines = (program: string, ...parameters: string[]): string[] =>
  attempt(program, ...parameters)
    .stdout.split('\n')
    .filter(Boolean)

/** A folder of all proxies: a test that removed it would be in the way of the one beside it. */
const SHARED = '/run/selvedge/proxy'

const observers: Readonly<Record<string, () => string[]>> = {
  'network namespaces': () => filesBelow('/run/netns'),
  links: () => lines('ip', '-oneline', 'link').map((line) => line.split(':')[1]?.trim() ?? line),
  addresses: () => lines('ip', '-brief', 'address'),
  routes: () => [...lines('ip', '-4', 'route', 'show', 'table', 'all'), ...lines('ip', '-6', 'route', 'show', 'table', 'all')],
  'nftables rules': () => lines('nft', '--stateless', 'list', 'ruleset'),
  'legacy iptables rules': () =>
    [...lines('iptables-legacy-save'), ...lines('ip6tables-legacy-save')].filter((line) => line.startsWith('-A')),
  'virtual servers': () =>
    existsSync('/proc/net/ip_vs') ? readFileSync('/proc/net/ip_vs', 'utf8').split('\n').slice(3).filter(Boolean) : [],
  processes: () => processes(),
  files: () =>
    ['/var/lib/cni', '/etc/cni', '/opt/cni', '/opt/containerd', '/run/flannel', '/run/selvedge', '/var/lib/selvedge']
      .flatMap(filesBelow)
      .filter((path) => path !== SHARED),
  'temporary files': () => readdirSync(tmpdir()).filter((name) => name.includes('selvedge')),
}

/** A folder may go while it is read, in the virtual machine also by what the host does. */
const filesBelow = (folder: string): string[] =>
  (ignoring(['ENOENT'], () => readdirSync(folder, { recursive: true, encoding: 'utf8' })) ?? []).map((name) => `${folder}/${name}`)

/** Number and name of every process but kernel threads, zombies (nobody may be there to reap them) and the observer's own child. */
const processes = (): string[] =>
  lines('ps', '-e', '-o', 'pid=,ppid=,stat=,args=').flatMap((line) => {
    const [, pid, parent, state = '', name = ''] = /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? []
    return parent === '2' || state.startsWith('Z') || name.startsWith('ps -e') ? [] : [`${pid} ${name}`]
  })
