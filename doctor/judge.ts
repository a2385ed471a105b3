/** What is to be made of a node, as findings in the order in which people mend them. Pure. */
import type { ApiFacts, Facts, PortFact } from './facts.ts'
import { type Finding, ok, problem } from './finding.ts'
import { judgeCni } from './judge-cni.ts'
import { judgeKernel } from './judge-kernel.ts'

export const judge = (facts: Facts): Finding[] => [
  rights(facts),
  ...judgeKernel(facts.kernel, facts.proxyRuns),
  ...judgeCni(facts.cni),
  ...judgeApi(facts.api),
  ...(facts.proxyRuns ? [ok('proxy', 'selvedge proxy runs here; selvedge status tells more')] : facts.ports.map(judgePort)),
]

const rights = ({ netAdmin }: Facts): Finding =>
  netAdmin
    ? ok('rights', 'root, with CAP_NET_ADMIN')
    : problem('rights', 'root without CAP_NET_ADMIN', 'run it in a privileged container, or on the node itself')

const judgeApi = ({ server, node, lists }: ApiFacts): Finding[] => {
  if ('failure' in server) return [problem('API server', server.failure, 'give --kubeconfig, or --master')]
  const failed = Object.entries(lists ?? {}).flatMap(([resource, list]) => ('failure' in list ? [{ resource, failure: list.failure }] : []))
  if (failed.length > 0) {
    const byFailure = Map.groupBy(failed, ({ failure }) => failure)
    return [...byFailure].map(([failure, of]) => {
      const resources = of.map(({ resource }) => resource).join(', ')
      return problem('API server', `${server.value}: ${resources}: ${failure}`, adviceFor(failure))
    })
  }
  const answers = ok('API server', `${server.value} lists Services, EndpointSlices and Nodes`)
  const exists = lists !== undefined && 'value' in lists.nodes && lists.nodes.value > 0
  if (exists) return [answers, ok('Node object', node)]
  return [answers, problem('Node object', `there is none called ${node}`, 'give --hostname-override, or NODE_NAME from spec.nodeName')]
}

const adviceFor = (failure: string): string => {
  if (failure.startsWith('403')) return 'examples/rbac.yaml has the rights that are needed: name this user in its binding'
  if (failure.startsWith('401')) return 'the credentials are not accepted: look at the kubeconfig, and whether they have expired'
  if (failure.includes('does not hold at'))
    return 'look at the clock of this machine; if it is right, the certificate of the API server has to be renewed'
  if (failure.includes('certificate')) return 'the kubeconfig needs the certificate-authority of this API server'
  return 'look at the address, and whether it needs a Service: --master gives another'
}

const judgePort = ({ flag, port, failure }: PortFact): Finding =>
  failure === undefined
    ? ok(`port ${port}`, `free for ${flag}`)
    : problem(`port ${port}`, failure, `give another ${flag}, or end who listens there`)

/** Whether anything keeps the proxy or the CNI executables from working. */
export const isSound = (findings: readonly Finding[]): boolean => findings.every(({ verdict }) => verdict !== 'problem')
