/** Names and comments made from hashes: the reference CNI plugins find their own rules by them, so ours must be the same. */
import { sha512 } from './sha512.ts'

/** iptables allows 28 bytes for a chain's name. */
const CHAIN_NAME_LENGTH = 28
const COMMENT_HASH_LENGTH = 16

/**
 * The iptables chain of one attachment: `CNI-`, the prefix (`DN-` for port mappings, empty for masquerading), and as much of the hash
 * of network name and container id, joined without a separator, as fits 28 characters.
 */
export const attachmentChain = (prefix: string, network: string, containerId: string): string =>
  `CNI-${prefix}${sha512(network + containerId)}`.slice(0, CHAIN_NAME_LENGTH)

/** The first 16 hex digits of a text's hash, as comments of nftables masquerade rules contain them. */
export const commentHash = (text: string): string => sha512(text).slice(0, COMMENT_HASH_LENGTH)
