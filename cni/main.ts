/** The CNI executable: four plugins in one file, the name it is started under picks one. */
import { openNamespace } from '#kernel/namespace.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { host } from './host.ts'
import { createLoopback } from './loopback/plugin.ts'
import { run } from './protocol/run.ts'
import { readStdin, writeAll } from './stdio.ts'

/** Set by scripts/build.ts. */
declare const SELVEDGE_VERSION: string

const plugins = [createLoopback({ openNamespace, openRtnetlink })]

const { stdout, stderr, exitCode } = run(
  { plugins, version: `selvedge v${SELVEDGE_VERSION}`, host },
  { argv0: process.argv0, env: process.env, readStdin },
)
writeAll(2, stderr)
writeAll(1, stdout)
process.exit(exitCode)
