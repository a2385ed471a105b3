/** What a call takes beside time: memory, and processes. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordingPrograms, startedPrograms } from '../../test-netns/rig/started-programs.ts'
import type { Host } from './host.ts'
import { callsOf } from './measure.ts'
import type { Measure } from './measures.ts'
import { type Launcher, perform } from './perform.ts'
import { adoptOrphans, awaitAny, startProgram } from './start.ts'

export interface Occasion {
  readonly measure: Measure
  readonly host: Host
  /** A folder in memory. */
  readonly scratch: string
}

/** The size of an ADD's largest process in MiB, `rounds` times. */
export const peaksOf = ({ measure, host, scratch }: Occasion, rounds: number): number[] => {
  adoptOrphans()
  host.enter()
  return Array.from({ length: rounds }, () => {
    const { peakBytes } = perform(callsOf(measure, host, 'ADD'), { scratch, launcher: throughShell() })
    perform(callsOf(measure, host, 'DEL'), { scratch })
    return peakBytes / (1 << 20)
  })
}

/** A shell gives its own input to what it starts in the background only when told. */
const LEAVE_BEHIND = 'exec 3<&0; "$0" <&3 3<&- & exit 0'

/** Starts one plugin at a time in a shell that leaves at once: start.ts tells why. */
const throughShell = (): Launcher => {
  let shell = 0
  return {
    start: ({ path, ...program }) => {
      shell = startProgram({ ...program, path: '/bin/sh', parameters: ['-c', LEAVE_BEHIND, path] })
      return shell
    },
    next: () => {
      for (;;) {
        const ended = awaitAny()
        if (ended.pid !== shell) return { ...ended, pid: shell }
      }
    },
  }
}

const STRACE = '/usr/bin/strace'

/**
 * The programs that an ADD starts, without the plugins that the runtime starts; undefined where strace is not installed.
 * @returns their names, in order
 */
export const programsOf = ({ measure, host, scratch }: Occasion): string[] | undefined => {
  if (!existsSync(STRACE)) return undefined
  host.enter()
  const logs: string[] = []
  const start: Launcher['start'] = ({ path, ...program }) => {
    const log = join(scratch, `execve-${logs.length}`)
    logs.push(log)
    const [, ...parameters] = recordingPrograms(log)
    return startProgram({ ...program, path: STRACE, parameters: [...parameters, path] })
  }
  perform(callsOf(measure, host, 'ADD'), { scratch, launcher: { start, next: awaitAny } })
  perform(callsOf(measure, host, 'DEL'), { scratch })
  return logs.flatMap((log) => startedPrograms(readFileSync(log, 'utf8')).slice(1))
}
