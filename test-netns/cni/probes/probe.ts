/** Single calls with an outcome that is known from the reference plugins: tables of them make tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { makeNamespace } from '../../rig/namespace.ts'
import { defer } from '../../rig/owner.ts'
import { filledIn } from '../placeholders.ts'
import { BIN, type PluginOutcome, plugin } from '../plugin.ts'

/** One call. What is left out is that of an ordinary ADD; DIR in a text is the data folder, BIN that of the executables. */
export interface ProbeCall {
  readonly plugin: string
  readonly verb?: string
  /** Fields of the config, over `{cniVersion: '1.0.0', name: 'net'}`, or its whole text. */
  readonly config?: object | string
  /** Undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface Probe extends ProbeCall {
  /** A sentence. */
  readonly title: string
  /** Calls that come before and must succeed. */
  readonly before?: readonly ProbeCall[]
  /** All that is printed, and with it how the call ends: a CNI error means 1. */
  readonly prints: string | CniFailure
}

export interface CniFailure {
  readonly code: number
  readonly msg: string
  readonly details?: string
}

/** An ordinary failure: code 999. */
export const failure = (msg: string): CniFailure => ({ code: 999, msg })

/**
 * Runs every probe in one host and one pod, each with a data folder of its own, one after the other. In what is printed, MAC stands for any
 * MAC address and vethX for a name with random digits.
 */
export const runProbes = async (t: Test, probes: readonly Probe[]): Promise<void> => {
  const [host, pod] = [makeNamespace(t, 'host'), makeNamespace(t, 'pod')]
  for (const { title, before = [], prints, ...last } of probes) {
    const folder = mkdtempSync(join(tmpdir(), 'probe-'))
    defer(t, () => rmSync(folder, { recursive: true }))
    const placed = (text: string): string => filledIn(text, { DIR: folder, BIN, POD: pod.path })
    const call = ({ plugin: name, verb = 'ADD', config = {}, env = {} }: ProbeCall): Promise<PluginOutcome> =>
      plugin(name).command(verb, {
        host: host.name,
        netns: pod.path,
        config: placed(typeof config === 'string' ? config : JSON.stringify({ cniVersion: '1.0.0', name: 'net', ...config })),
        env,
      })
    for (const each of before) {
      const { exitCode, stdout } = await call(each)
      if (exitCode !== 0) t.fail(`${title}: what comes before`, { stdout })
    }
    const { exitCode, stdout } = await call(last)
    const expected = normalised(placed(typeof prints === 'string' ? prints : printed(prints)))
    t.strictSame({ exitCode, stdout: normalised(stdout) }, { exitCode: typeof prints === 'string' ? 0 : 1, stdout: expected }, title)
  }
}

const normalised = (text: string): string =>
  text.replaceAll(/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC').replaceAll(/\bveth[0-9a-f]{8}\b/g, 'vethX')

/** As Go prints JSON: indented by four, `<`, `>` and `&` as numbers. */
const printed = (failure: CniFailure): string =>
  JSON.stringify(failure, null, 4).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)
