/** One network namespace with an IPVS of its own for all tests of this process: making one costs an emulated machine a second. */
import t from 'tap'
import { openIpvs } from '#kernel/ipvs/open.ts'
import type { Ipvs } from '#kernel/ipvs/types.ts'
import { type Namespace, openNamespace } from '#kernel/namespace.ts'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import type { Owner } from '../../rig/owner.ts'
import { requires } from '../../rig/requires.ts'

/** What every test here needs. */
export const needs = requires('root', 'ipvs', 'ipvsadm', 'curl')

export interface IpvsHost {
  readonly host: NetNamespace
  readonly namespace: Namespace
  readonly ipvs: Ipvs
}

/** A namespace of its own, for a test that needs two. */
export const makeIpvsHost = (owner: Owner): IpvsHost => {
  const host = makeNamespace(owner, 'ipvs')
  const namespace = openNamespace(host.path)
  owner.teardown(() => namespace.close())
  const ipvs = openIpvs(namespace)
  owner.teardown(() => ipvs.close())
  return { host, namespace, ipvs }
}

let shared: IpvsHost | undefined

/** The common namespace, without any virtual server but those by firewall mark. */
export const emptyIpvsHost = (): IpvsHost => {
  shared ??= makeIpvsHost(t)
  const { ipvs } = shared
  ipvs.apply(ipvs.servers().map((server) => ({ verb: 'deleteServer', server })))
  return shared
}
