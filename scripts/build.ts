/** Builds what runs on a node: the CNI executables and the command. Does nothing when the sources are those of the last build. */
import { buildCommand } from './build/command.ts'
import { buildExecutables } from './build/executables.ts'

await buildExecutables()
await buildCommand()
