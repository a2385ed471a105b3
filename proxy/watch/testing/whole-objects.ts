/** Objects as the API server gives them, with every field that the proxy reads. */

export const SERVICE = {
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: '6f1c2a1e-0a55-4c0e-9d4e-1c2b3a4d5e6f',
    creationTimestamp: '2026-03-01T00:00:00Z',
    labels: { 'service.kubernetes.io/service-proxy-name': 'kube-router' },
    annotations: {
      'kube-router.io/service.scheduler': 'mh',
      'kube-router.io/service.schedflags': 'flag-1',
      'kube-router.io/service.local': 'false',
      'kube-router.io/service.dsr': 'tunnel',
    },
  },
  spec: {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.10',
    clusterIPs: ['10.96.0.10', 'fd00:96::a'],
    externalIPs: ['198.51.100.7', '2001:db8:7::7'],
    loadBalancerSourceRanges: ['203.0.113.0/24', '2001:db8::/32'],
    ports: [
      { name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 },
      { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30053 },
    ],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
    internalTrafficPolicy: 'Local',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 31000,
  },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.50', ipMode: 'VIP' }, { hostname: 'lb.example.org' }] } },
}

export const SLICE = {
  metadata: {
    name: 'web-x1',
    namespace: 'default',
    labels: { 'kubernetes.io/service-name': 'web' },
    annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-03-01T00:00:00Z' },
  },
  addressType: 'IPv4',
  ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  endpoints: [
    {
      addresses: ['10.20.0.2'],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node-a',
      hints: { forNodes: [{ name: 'node-a' }], forZones: [{ name: 'zone-a' }] },
    },
  ],
}

export const NODE = {
  metadata: {
    name: 'node-a',
    labels: { 'topology.kubernetes.io/zone': 'zone-a' },
    annotations: { 'kube-router.io/pod-cidrs': '10.20.0.0/24' },
  },
  spec: { podCIDR: '10.20.0.0/24', podCIDRs: ['10.20.0.0/24'], taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] },
  status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] },
}
