/** Versions of the CNI specification. */
import { CniError, ERROR_CODE, messageOf } from './error.ts'
import { compactPrint, goQuote } from './text.ts'

/** What every plugin here speaks, oldest first. */
export const SUPPORTED_VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const
export type CniVersion = (typeof SUPPORTED_VERSIONS)[number]

export const CURRENT_VERSION: CniVersion = '1.1.0'

export const isSupported = (version: string): version is CniVersion => SUPPORTED_VERSIONS.some((supported) => supported === version)

/** The config's version as one this suite speaks; absent (empty) means 0.1.0. @throws CniError 1 for every other */
export const reconcileVersion = (version: string): CniVersion => {
  const asked = version === '' ? '0.1.0' : version
  if (isSupported(asked)) return asked
  const supported = SUPPORTED_VERSIONS.map(goQuote).join(' ')
  throw new CniError(
    ERROR_CODE.incompatibleVersion,
    'incompatible CNI versions',
    `config is ${goQuote(asked)}, plugin supports [${supported}]`,
  )
}

/** The first version of the specification that has a verb; the others are in all of them. */
const SINCE: ReadonlyMap<string, CniVersion> = new Map([
  ['CHECK', '0.4.0'],
  ['GC', '1.1.0'],
  ['STATUS', '1.1.0'],
])

/** Refuses a verb that the config's version does not have. @throws CniError 1, or 6 when `version` is no version */
export const allowVerb = (verb: string, version: string): void => {
  const since = SINCE.get(verb)
  if (since === undefined) return
  const incompatible = (whose: string): CniError => new CniError(ERROR_CODE.incompatibleVersion, `${whose} version does not allow ${verb}`)
  try {
    if (!versionAtLeast(version, since)) throw incompatible('config')
    if (!versionAtLeast(CURRENT_VERSION, version)) throw incompatible('plugin')
  } catch (error) {
    if (error instanceof CniError) throw error
    throw new CniError(ERROR_CODE.decoding, messageOf(error))
  }
}

/**
 * Whether version `one` is `other` or later. Missing parts count as zero.
 * @throws Error with the reference's sentence when either is no version
 */
export const versionAtLeast = (one: string, other: string): boolean => {
  const left = parseVersion(one)
  const right = parseVersion(other)
  const difference = left.map((part, index) => part - (right[index] ?? 0)).find((part) => part !== 0)
  return difference === undefined || difference > 0
}

const PART_NAMES = ['major', 'minor', 'micro'] as const

/** Major, minor, micro of `1.0.0`. @throws Error `invalid version "…": …` or `failed to convert major version part "x": …` */
export const parseVersion = (version: string): number[] => {
  if (version === '') throw new Error('invalid version "": the version is empty')
  const parts = version.split('.')
  if (parts.length >= 4) throw new Error(`invalid version ${goQuote(version)}: too many parts`)
  return PART_NAMES.map((name, index) => {
    const part = parts[index] ?? '0'
    if (!/^[+-]?[0-9]+$/.test(part)) {
      throw new Error(`failed to convert ${name} version part ${goQuote(part)}: strconv.Atoi: parsing ${goQuote(part)}: invalid syntax`)
    }
    return Number(part)
  })
}

/** What VERSION prints: one line. */
export const formatVersions = (): string => `${compactPrint({ cniVersion: CURRENT_VERSION, supportedVersions: SUPPORTED_VERSIONS })}\n`

/** What a plugin says about itself when it is started by hand, without CNI_COMMAND. */
export const aboutText = (plugin: string, version: string): string =>
  `CNI ${plugin} plugin ${version}\nCNI protocol versions supported: ${SUPPORTED_VERSIONS.join(', ')}\n`
