/**
 * TCP segments that belong to a connection by their addresses and ports, and not by their numbers: four, a quarter of all numbers apart, so that
 * some are far above what was sent, which conntrack calls invalid, wherever the connection began.
 */
import type { NetNamespace } from './namespace.ts'

/** A raw socket takes the TCP header with its checksum; the kernel makes the IP header. @see RFC 9293, section 3.1 */
const PROGRAM = `use strict; use Socket;
my ($from, $sport, $to, $dport) = @ARGV;
my ($flags_ack, $window) = (0x5010, 1024);
socket(my $raw, PF_INET, SOCK_RAW, 6) or die "socket: $!";
for my $number (map { $_ << 30 } 0 .. 3) {
  my $header = pack("nnNNnnnn", $sport, $dport, $number, $number, $flags_ack, $window, 0, 0);
  my $sum = 0;
  $sum += $_ for unpack("n*", pack("a4a4CCn", inet_aton($from), inet_aton($to), 0, 6, length $header) . $header);
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
  substr($header, 16, 2) = pack("n", ~$sum & 0xffff);
  send($raw, $header, 0, pack_sockaddr_in(0, inet_aton($to))) or die "send: $!";
}`

interface Place {
  readonly address: string
  readonly port: number
}

/** Sends them from inside a namespace that has the address `from`; IPv4. */
export const sendStraySegments = (namespace: NetNamespace, from: Place, to: Place): void =>
  void namespace.exec('perl', '-e', PROGRAM, from.address, String(from.port), to.address, String(to.port))
