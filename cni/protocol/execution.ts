/** What became of a plugin that another plugin ran. */
import { type Decoder, decode, int, mismatch, rawObject, string, struct } from './decode.ts'
import { CniError, ERROR_CODE, explaining, messageOf } from './error.ts'
import { parseJson } from './json.ts'
import type { Result, WrittenResult } from './result.ts'
import { completeResult, decodeResult } from './result-decode.ts'
import { goQuote } from './text.ts'
import type { CniVersion } from './version.ts'

export interface Execution {
  readonly stdout: string
  readonly stderr: string
  /** Why it failed, as Go says it (`exit status 1`, `signal: killed`); absent after success. */
  readonly failure?: string
  /** What `stdout` says, when it was printed in this process. */
  readonly result?: WrittenResult
}

/** Go's unsigned integer. */
const uint: Decoder<number> = {
  ...int,
  goType: 'uint',
  read: (value, place) => {
    const number = int.read(value, place)
    if (number < 0) throw mismatch(`number ${number}`, 'uint', place)
    return number
  },
}

const ERROR_OBJECT = struct('types.Error', { code: uint, msg: string, details: string })

/** The error a failed plugin printed, unchanged; code 0 with the reference's sentence when it printed none. */
export const errorOf = ({ stdout, stderr, failure = '' }: Execution): CniError => {
  const unknown = (message: string): CniError => new CniError(ERROR_CODE.unknown, message)
  if (stdout === '') {
    return unknown(stderr === '' ? `netplugin failed with no error message: ${failure}` : `netplugin failed: ${goQuote(stderr)}`)
  }
  try {
    const { code, msg, details } = decode(parseJson(stdout), ERROR_OBJECT)
    return new CniError(code, msg, details)
  } catch (error) {
    return unknown(`netplugin failed but error parsing its diagnostic message ${goQuote(stdout)}: ${messageOf(error)}`)
  }
}

/** The result a plugin printed; one that names no version is of the config's. @throws Error */
export const resultOf = ({ stdout, result }: Pick<Execution, 'stdout' | 'result'>, configVersion: CniVersion): Result =>
  // Results of these versions are read as they were printed; those before lack fields.
  completeResult(result !== undefined && configVersion >= '1.0.0' ? result : read(stdout, configVersion))

const read = (stdout: string, configVersion: string): WrittenResult => {
  const { entries = [] } = explaining('failed to unmarshal raw result', () => decode(parseJson(stdout), rawObject)) ?? {}
  const [, named] = entries.findLast(([key]) => key === 'cniVersion') ?? []
  const version = named?.kind === 'string' && named.value !== '' ? named.value : configVersion
  const complete = [...entries, ['cniVersion', { kind: 'string', value: version }] as const]
  return decodeResult(version, { kind: 'object', entries: complete })
}
