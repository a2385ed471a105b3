import t from 'tap'
import { completeConflist, renderConflist } from './complete.ts'
import { readConflist } from './read.ts'

t.test("the seed's conflist gets the node's range and MTU, and keeps everything else in its place", async (t) => {
  const seed = `{
   "cniVersion":"0.3.0",
   "name":"mynet",
   "plugins":[
      {
         "name":"kubernetes",
         "type":"bridge",
         "bridge":"kube-bridge",
         "isDefaultGateway":true,
         "ipam":{
            "type":"host-local"
         }
      },
      {
         "type":"portmap",
         "capabilities":{
            "snat":true,
            "portMappings":true
         }
      }
   ]
}`
  const completed = completeConflist(readConflist(seed, '10-kuberouter.conflist'), {
    podCidrs: [{ address: '10.20.1.0', prefixLength: 24 }],
    mtu: 1450,
  })
  t.equal(
    renderConflist(completed),
    `{
  "cniVersion": "0.3.0",
  "name": "mynet",
  "plugins": [
    {
      "name": "kubernetes",
      "type": "bridge",
      "bridge": "kube-bridge",
      "isDefaultGateway": true,
      "ipam": {
        "type": "host-local",
        "ranges": [
          [
            {
              "subnet": "10.20.1.0/24"
            }
          ]
        ]
      },
      "mtu": 1450,
      "hairpinMode": true
    },
    {
      "type": "portmap",
      "capabilities": {
        "snat": true,
        "portMappings": true
      }
    }
  ]
}
`,
  )
})
