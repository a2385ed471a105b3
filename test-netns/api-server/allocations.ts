/** The cluster addresses and node ports that Services hold. */
import { type JsonObject, listAt, objectAt, textAt } from './objects.ts'
import type { Resource } from './resources.ts'
import { invalid } from './status.ts'
import type { Store } from './store.ts'

const ADDRESS_AT: Readonly<Record<string, (index: number) => string>> = {
  IPv4: (index) => `10.${96 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
  IPv6: (index) => `fd00:10:96::${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}`,
}
/** The first addresses are left to those who choose theirs (kubernetes, DNS). */
const FIRST_INDEX = 100
const LAST_INDEX = 0xfffff
const FIRST_PORT = 30_000
const LAST_PORT = 32_767

export class Allocations {
  readonly #addresses = new Set<string>()
  readonly #ports = new Set<number>()
  /** Addresses are not given out twice: nobody can mistake a new Service for one that is gone. */
  #next = FIRST_INDEX
  /** Nor are ports, as long as there are others. */
  #nextPort = FIRST_PORT

  /** Follows the Services of a store. */
  constructor(store: Store) {
    store.subscribe(({ type, resource, stored, before }) => {
      if (resource.kind !== 'Service') return
      if (before !== undefined) this.#release(before.object)
      if (type === 'DELETED') this.#release(stored.object)
      else this.#take(stored.object)
    })
  }

  /** What `action` gives when nobody holds what this Service holds: its own addresses are free for its own update. */
  without<T>({ kind }: Resource, service: JsonObject, action: () => T): T {
    if (kind !== 'Service') return action()
    this.#release(service)
    try {
      return action()
    } finally {
      this.#take(service)
    }
  }

  /** @throws ApiError 422 when another Service holds the address */
  checkAddress(address: string): void {
    if (!this.#addresses.has(address)) return
    throw invalid('spec.clusterIPs', `failed to allocate IP ${address}: provided IP is already allocated`)
  }

  /** @throws ApiError 422 when another Service holds the port */
  checkPort(port: number): void {
    if (this.#ports.has(port)) throw invalid('spec.ports[0].nodePort', `${port}: provided port is already allocated`)
  }

  /** An address of `IPv4` or `IPv6` that nobody holds. @throws ApiError 422 */
  freeAddress(family: string): string {
    const addressAt = ADDRESS_AT[family]
    if (addressAt === undefined) throw invalid('spec.ipFamilies', `${family}: expected IPv4 or IPv6`)
    for (let index = this.#next; index <= LAST_INDEX; index++) {
      const address = addressAt(index)
      if (this.#addresses.has(address)) continue
      this.#next = index + 1
      return address
    }
    throw invalid('spec.clusterIPs', 'failed to allocate a serviceIP: range is full')
  }

  /** A node port that nobody holds, and that is none of `others`. @throws ApiError 422 */
  freePort(others: ReadonlySet<number>): number {
    const count = LAST_PORT - FIRST_PORT + 1
    for (let index = 0; index < count; index++) {
      const port = FIRST_PORT + ((this.#nextPort - FIRST_PORT + index) % count)
      if (this.#ports.has(port) || others.has(port)) continue
      this.#nextPort = port + 1
      return port
    }
    throw invalid('spec.ports', 'failed to allocate a nodePort: range is full')
  }

  #take(service: JsonObject): void {
    for (const address of addressesOf(service)) this.#addresses.add(address)
    for (const port of nodePortsOf(service)) this.#ports.add(port)
  }

  #release(service: JsonObject): void {
    for (const address of addressesOf(service)) this.#addresses.delete(address)
    for (const port of nodePortsOf(service)) this.#ports.delete(port)
  }
}

const addressesOf = (service: JsonObject): string[] =>
  listAt(objectAt(service.spec).clusterIPs)
    .map(textAt)
    .filter((address) => address !== '' && address !== 'None')

const nodePortsOf = (service: JsonObject): number[] =>
  listAt(objectAt(service.spec).ports)
    .map((port) => Number(objectAt(port).nodePort ?? 0))
    .filter((port) => port !== 0)
