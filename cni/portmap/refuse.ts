/**
 * What ADD refuses before it changes anything, beyond the reference's own checks: the reference hands these to iptables or nft, which fail
 * half-way, or take a hostile text for more than one word. DEL does not ask: it must work whatever the config says.
 */
import { parseAddress } from '#net/address.ts'
import { PROTOCOL_NUMBER } from '#net/protocol.ts'
import { CniError, ERROR_CODE } from '../protocol/error.ts'
import { goQuote } from '../protocol/text.ts'
import type { BackendName } from './backend.ts'
import type { PortMapping, PortmapConfig } from './config.ts'

/** Why these mappings cannot be made: the field, its value and what is legal; undefined when they can. */
export const refusalOf = (config: PortmapConfig, backend: BackendName): string | undefined =>
  firstOf([
    ...config.mappings.map((mapping) => mappingRefusal(mapping, config.container[6] !== undefined)),
    conditionsRefusal('conditionsV4', config.conditions[4], backend),
    conditionsRefusal('conditionsV6', config.conditions[6], backend),
    chainRefusal(config.externalSetMarkChain),
  ])

/** @throws CniError 7 with the refusal */
export const refuseUnmappable = (config: PortmapConfig, backend: BackendName): void => {
  const refusal = refusalOf(config, backend)
  if (refusal !== undefined) throw new CniError(ERROR_CODE.invalidConfig, `failed to parse config: ${refusal}`)
}

type Refusal = string | undefined

const firstOf = (refusals: readonly Refusal[]): Refusal => refusals.find((refusal) => refusal !== undefined)

const mappingRefusal = ({ hostPort, containerPort, protocol, hostIP }: PortMapping, hasIpv6: boolean): Refusal => {
  if (containerPort > LAST_PORT) return `Invalid container port number: ${containerPort} (expected 1 to ${LAST_PORT})`
  if (hostPort > LAST_PORT) return `Invalid host port number: ${hostPort} (expected 1 to ${LAST_PORT})`
  const legal = Object.keys(PROTOCOL_NUMBER)
  if (!legal.includes(protocol)) return `Invalid protocol ${goQuote(protocol)} of host port ${hostPort} (expected ${legal.join(', ')})`
  // Without an IPv6 address such a mapping is skipped, as the reference does; with one the text would be handed to ip6tables.
  if (!hasIpv6 || hostIP === '' || parseAddress(hostIP) !== undefined) return undefined
  return `Invalid hostIP ${goQuote(hostIP)} of host port ${hostPort} (expected an IP address)`
}

const LAST_PORT = 65535

/** iptables-restore cuts its input into lines of 10,240 bytes and 1,024 bytes a word: what is longer would become something else. */
const TOKEN_BYTES = 1000
const CONDITION_BYTES = 8000

/**
 * What a word may be, so that it stays inside its rule. iptables-restore takes anything in quotes but a line break. nft has no quotes
 * around expressions, so there the characters that end a statement, begin a comment or a variable, or leave a string open are refused.
 */
const WORD: Readonly<Record<BackendName, { readonly legal: RegExp; readonly words: string }>> = {
  iptables: { legal: /^\P{Cc}*$/u, words: 'no control characters' },
  nftables: { legal: /^(?:[^\p{Cc}";#$\\`]|"[^\p{Cc}";#$\\`]*")*$/u, words: 'no control characters, no ; # $ \\ ` and quotes in pairs' },
}

const conditionsRefusal = (field: string, tokens: readonly string[], backend: BackendName): Refusal => {
  const { legal, words } = WORD[backend]
  const bad = tokens.find((token) => !legal.test(token) || Buffer.byteLength(token) > TOKEN_BYTES)
  if (bad !== undefined) return `Invalid token ${goQuote(bad.slice(0, 100))} in ${field} (expected ${words}, at most ${TOKEN_BYTES} bytes)`
  const bytes = Buffer.byteLength(tokens.join(' '))
  return bytes > CONDITION_BYTES ? `Invalid ${field}: ${bytes} bytes (expected at most ${CONDITION_BYTES})` : undefined
}

const CHAIN_NAME = /^[^\P{ASCII}\p{Cc} "\\!-][^\P{ASCII}\p{Cc} "\\]{0,27}$/u

const chainRefusal = (chain: string | undefined): Refusal =>
  chain === undefined || CHAIN_NAME.test(chain)
    ? undefined
    : `Invalid externalSetMarkChain ${goQuote(chain.slice(0, 100))} (expected 1 to 28 printable characters, the first neither - nor !)`
