/** The CNI executable: four plugins in one file, the name it is started under picks one. */
import { start as bridge } from './programs/bridge.ts'
import { start as hostLocal } from './programs/host-local.ts'
import { start as loopback } from './programs/loopback.ts'
import { start as none } from './programs/none.ts'
import { start as portmap } from './programs/portmap.ts'
import { programOf } from './programs/program-of.ts'

/** The build makes each a function that holds all of its program (scripts/build/executables.bun.ts): of the others, nothing is loaded. */
const PROGRAMS: Readonly<Record<ReturnType<typeof programOf>, () => never>> = { bridge, 'host-local': hostLocal, loopback, none, portmap }

PROGRAMS[programOf(process.argv0, process.env.CNI_COMMAND)]()
