/** The proxy starts over what kube-router and kube-proxy left, under requests of which none may fail. It takes a minute or two, whatever the minutes. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { makeScene, NODE_PORT, vipOf } from './drain/scene.ts'
import { takesTheirPlace } from './take-over/taken-over.ts'

t.setTimeout(0)

t.test(
  'taking the place of kube-router and kube-proxy',
  requires('root', 'ipvs', 'dummy', 'nft', 'ipvsadm', 'ipset', 'iptables'),
  async (t) => {
    const scene = await makeScene(t)
    const left = { kubeRouter: [vipOf('web'), vipOf('sticky')], kubeProxy: vipOf('bystander'), nodePort: NODE_PORT } as const
    const proxy = await takesTheirPlace(t, { ...scene, startProxy: () => scene.startProxy(30) }, left)
    // The first one is what IPVS, which was not ours, is made to be; nothing is repaired afterwards.
    t.notMatch(proxy.output(), /repairing|failed/)
    t.equal(await proxy.stop(), 0)
  },
)
