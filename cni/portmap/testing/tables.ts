/** Tables for tests: of a fresh host, of one where others have ports, and with entries more. */
import { parseTables, type Tables } from '../tables.ts'

export const FRESH = parseTables('*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n')
export const READY = parseTables(`*nat
:PREROUTING ACCEPT [5:300]
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-HOSTPORT-MASQ - [0:0]
:CNI-HOSTPORT-SETMARK - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
COMMIT
*mangle
:PREROUTING ACCEPT [5:300]
:CNI-HOSTPORT-LOCALNET - [0:0]
-A PREROUTING -j CNI-HOSTPORT-LOCALNET
-A CNI-HOSTPORT-LOCALNET -d 127.0.0.0/8 ! -i lo -j DROP
COMMIT
`)

export const ENTRY =
  '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080 -j CNI-DN-a631aa8e1549a3b129110'
export const OTHER =
  '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid2\\"" -m multiport --dports 8080 -j CNI-DN-x'
export const withEntries = (...entries: string[]): Tables => ({
  ...READY,
  nat: { chains: new Set([...READY.nat.chains, 'CNI-DN-a631aa8e1549a3b129110']), rules: [...READY.nat.rules, ...entries] },
})
