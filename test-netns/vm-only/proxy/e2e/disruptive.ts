/** Proxies and the API server that end and start again, and others who change what the proxy keeps in the kernel. */
import { reaches } from './expect.ts'
import type { Cases, Scene } from './scene.ts'
import { makeService } from './service.ts'

export const disruptive: Cases = async (t, scene) => {
  const { a1, a2, b1, node1, client, api } = scene
  const both = ['a1', 'b1']
  const make = async (name: string) => {
    const service = await makeService(scene, name, { endpoints: [a1, b1] })
    return { address: service.vip, port: 80 }
  }
  const before = await make('before')
  await reaches(t, client, before, both)

  await t.test('[e2e Services] should work after restarting apiserver', async (t) => {
    // What its clients notice of a restart: connections are cut and refused, and watches begin anew.
    await api.client.faults({ refuse: true, cut: true })
    await reaches(t, client, before, both)
    await api.client.faults({ clear: true })
    const after = await make('after-apiserver')
    for (const from of [a2.agent, scene.b2.agent]) for (const to of [before, after]) await reaches(t, from, to, both)
  })

  await t.test('[e2e Services] should work after restarting kube-proxy', async (t) => {
    const proxy = scene.proxies.get(node1.name)
    t.equal(await proxy?.stop('SIGTERM'), 0, 'SIGTERM ends the proxy with status 0')
    await reaches(t, client, before, both)
    const meanwhile = await make('meanwhile')
    const stands = kernelState(scene)
    const restarted = await scene.startProxy(node1, '--ipvs-sync-period=3s')
    scene.proxies.set(node1.name, restarted)
    for (const to of [before, meanwhile]) await reaches(t, client, to, both)
    const now = kernelState(scene)
    const added = now.filter((line) => !stands.includes(line))
    t.same(
      added.filter((line) => !line.includes(meanwhile.address)),
      [],
      'all that is new is the new Service',
    )
    t.same(
      stands.filter((line) => !now.includes(line)),
      [],
      'and nothing is gone',
    )
  })

  await t.test('[e2e Networking] should recreate its iptables rules if they are deleted', async (t) => {
    node1.namespace.exec('ipvsadm', '-A', '-t', '192.0.2.7:80', '-s', 'wlc')
    node1.namespace.exec('ip', 'route', 'del', 'local', before.address, 'table', 'local')
    node1.namespace.exec('nft', 'flush', 'ruleset')
    node1.namespace.exec('ipvsadm', '-D', '-t', `${before.address}:80`)
    const answers = await reaches(t, client, before, both)
    t.ok(
      answers.every(({ client }) => client.startsWith('10.20.')),
      'masqueraded as before',
    )
    t.ok(kernelState(scene).includes('-A -t 192.0.2.7:80 -s wlc'), 'what is others’ stays')
  })
}

/** Virtual servers with their destinations, but those that end by themselves, and the routes of VIPs, of node1. */
const kernelState = ({ node1 }: Scene): string[] =>
  [
    ...node1.namespace.exec('ipvsadm', '--save', '--numeric').split('\n'),
    ...node1.namespace.exec('ip', 'route', 'show', 'table', 'local', 'proto', '83').split('\n'),
  ].filter((line) => line !== '' && !line.endsWith('-w 0'))
