/**
 * What we changed on this node that was somebody's before: kernel parameters with their values before our first write, and the ports that we
 * reserved. Kept in /run, which lasts as long as such changes do; cleanup undoes by it exactly what we did.
 */
import type { Sysctls } from '#kernel/sysctl.ts'
import { formatPortRanges, type PortRange, parsePortRanges, union } from './port-ranges.ts'

/** A kernel parameter that we wrote. */
export interface ChangedSetting {
  readonly path: string
  /** Before our first write. */
  readonly before: string
  readonly written: string
}

export interface Changes {
  readonly settings: readonly ChangedSetting[]
  /** Added to those that were reserved. */
  readonly ports: readonly PortRange[]
}

export const NOTHING_CHANGED: Changes = { settings: [], ports: [] }

/** Where it is kept. */
export interface RecordFile {
  /** Undefined when there is none. @throws when it cannot be read */
  read(): string | undefined
  /** All of it or nothing. @throws */
  write(text: string): void
}

export interface ChangeRecord {
  noteSetting(setting: ChangedSetting): void
  notePorts(ports: readonly PortRange[]): void
}

/**
 * A record over a file. Notes are written before the change itself. One that cannot be kept does not stop the change: `onFailure` is told.
 */
export const createChangeRecord = (file: RecordFile, onFailure: (error: Error) => void): ChangeRecord => {
  const note = (change: (changes: Changes) => Changes): void => {
    try {
      file.write(formatChanges(change(readOrForget(file))))
    } catch (error) {
      onFailure(error instanceof Error ? error : new Error(String(error)))
    }
  }
  return {
    noteSetting: (setting) => note((changes) => ({ ...changes, settings: merge(changes.settings, setting) })),
    notePorts: (ports) => note((changes) => ({ ...changes, ports: union(changes.ports, ports) })),
  }
}

/** Kernel parameters whose changes are noted. */
export const notingSysctls = (sysctls: Sysctls, record: ChangeRecord): Sysctls => ({
  ...sysctls,
  ensure: (path, value) => {
    const before = sysctls.read(path)
    if (before === value) return false
    record.noteSetting({ path, before, written: value })
    sysctls.write(path, value)
    return true
  },
})

/** What others wrote between two changes of ours is not what was there before us. */
const merge = (settings: readonly ChangedSetting[], changed: ChangedSetting): ChangedSetting[] => {
  const first = settings.find(({ path }) => path === changed.path)
  const others = settings.filter(({ path }) => path !== changed.path)
  return [...others, { ...changed, before: first?.before ?? changed.before }]
}

/** A file that cannot be understood says nothing about what was before; what comes is noted all the same. */
const readOrForget = (file: RecordFile): Changes => {
  try {
    return parseChanges(file.read())
  } catch {
    return NOTHING_CHANGED
  }
}

export const formatChanges = ({ settings, ports }: Changes): string =>
  `${JSON.stringify({ settings, reservedPorts: formatPortRanges(ports) }, null, 2)}\n`

/** @throws SyntaxError when a record was changed by somebody, or is of another program */
export const parseChanges = (text: string | undefined): Changes => {
  if (text === undefined) return NOTHING_CHANGED
  const { settings, reservedPorts } = JSON.parse(text) as { settings?: unknown; reservedPorts?: unknown }
  const ports = typeof reservedPorts === 'string' ? parsePortRanges(reservedPorts) : undefined
  if (ports === undefined || !Array.isArray(settings) || !settings.every(isSetting)) throw new SyntaxError('not a record of changes')
  return { settings, ports }
}

/** Only what we ever write: a path must not lead anywhere else. */
const isSetting = (value: unknown): value is ChangedSetting => {
  if (typeof value !== 'object' || value === null) return false
  const { path, before, written } = value as Readonly<Record<string, unknown>>
  const isPath = typeof path === 'string' && /^net\/(?:[a-z0-9_-]+\/)*[a-z0-9_-]+$/.test(path)
  return isPath && typeof before === 'string' && typeof written === 'string'
}
