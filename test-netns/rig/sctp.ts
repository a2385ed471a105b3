/** Servers and clients of SCTP, which Node does not speak, by perl. Whoever uses them loads the kernel's module. */
import type { NetNamespace } from './namespace.ts'
import type { Owner } from './owner.ts'
import { type RunningProcess, startProcess } from './process.ts'

/** IPPROTO_SCTP: include/uapi/linux/in.h. */
const COMMON = 'use strict; use Socket qw(:all); $| = 1; my $sctp = 132;'

const SERVER = `${COMMON}
my ($name, $port) = @ARGV;
socket(my $server, AF_INET6, SOCK_STREAM, $sctp) or die "socket: $!";
bind($server, pack_sockaddr_in6($port, inet_pton(AF_INET6, "::"))) or die "bind: $!";
listen($server, 16) or die "listen: $!";
print "listening\\n";
while (accept(my $client, $server)) { syswrite($client, $name); close($client); }`

const CLIENT = `${COMMON}
my ($address, $port, $times) = @ARGV;
for (1 .. $times) {
  my $v6 = $address =~ /:/;
  socket(my $client, $v6 ? AF_INET6 : AF_INET, SOCK_STREAM, $sctp) or die "socket: $!";
  local $SIG{ALRM} = sub { print "(timeout)\\n"; exit 0 };
  alarm 5;
  my $to = $v6 ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address)) : pack_sockaddr_in($port, inet_aton($address));
  if (!connect($client, $to)) { print "($!)\\n"; next; }
  sysread($client, my $name, 100);
  print "$name\\n";
}`

/** Answers every association with a name, both families. */
export const startSctpServer = (owner: Owner, namespace: NetNamespace, name: string, port: number): Promise<RunningProcess> =>
  startProcess(owner, namespace.command('perl', '-e', SERVER, name, String(port)), { ready: /listening/ })

/** What `times` associations one after the other were answered: names, or failures in parentheses. */
export const askSctp = (namespace: NetNamespace, to: { address: string; port: number; times: number }): string[] =>
  namespace.exec('perl', '-e', CLIENT, to.address, String(to.port), String(to.times)).split('\n')
