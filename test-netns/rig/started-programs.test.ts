import t from 'tap'
import { startedPrograms } from './started-programs.ts'

t.test('programs are told in the order in which they were started, those that start at once too; what did not start is not', async (t) => {
  const log = `100   execve("/opt/cni/bin/portmap", ["portmap"], 0x7ffd /* 9 vars */) = 0
101   execve("/usr/local/sbin/nft", ["nft"], 0x7ffd /* 2 vars */) = -1 ENOENT (No such file or directory)
101   execve("/usr/sbin/iptables-restore", ["/usr/sbin/iptables-restore"], 0x7ffd /* 2 vars */ <unfinished ...>
102   execve("/usr/sbin/ip6tables-restore", ["/usr/sbin/ip6tables-restore"], 0x7ffd /* 2 vars */ <unfinished ...>
102   <... execve resumed>)                   = 0
101   <... execve resumed>)                   = 0
103   execve("/usr/sbin/nft", ["nft"], 0x7ffd /* 2 vars */ <unfinished ...>
103   <... execve resumed>)                   = -1 EACCES (Permission denied)
`
  t.strictSame(startedPrograms(log), ['portmap', 'iptables-restore', 'ip6tables-restore'])
})
