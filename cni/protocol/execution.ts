/** What became of a plugin that another plugin ran. */
import { type Decoder, decode, int, mismatch, string, struct } from './decode.ts'
import { CniError, ERROR_CODE, explaining, messageOf } from './error.ts'
import { type GoValue, parseJson } from './json.ts'
import type { Result } from './result.ts'
import { completeResult, decodeResult } from './result-decode.ts'
import { goQuote } from './text.ts'

export interface Execution {
  readonly stdout: string
  readonly stderr: string
  /** Why it failed, as Go says it (`exit status 1`, `signal: killed`); absent after success. */
  readonly failure?: string
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

/** The result a plugin printed; one without a version is of the config's. @throws Error */
export const resultOf = (stdout: string, configVersion: string): Result => {
  const value = explaining('failed to unmarshal raw result', () => parseJson(stdout))
  const written = decode(value, struct('types.Result', { cniVersion: string })).cniVersion
  const version = written === '' ? configVersion : written
  return completeResult(decodeResult(version, withVersion(value, version)))
}

const withVersion = (value: GoValue, version: string): GoValue => ({
  kind: 'object',
  entries: [...(value.kind === 'object' ? value.entries : []), ['cniVersion', { kind: 'string', value: version }]],
})
