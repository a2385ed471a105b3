import { wake } from '../kernel/quickjs/globals.ts'
import { start as bridge } from './programs/bridge.ts'
import { start as hostLocal } from './programs/host-local.ts'
import { start as loopback } from './programs/loopback.ts'
import { start as none } from './programs/none.ts'
import { start as portmap } from './programs/portmap.ts'
import { programOf } from './programs/program-of.ts'

const PROGRAMS: Readonly<Record<ReturnType<typeof programOf>, () => never>> = { bridge, 'host-local': hostLocal, loopback, none, portmap }

Object.assign(globalThis, {
  main: () => {
    wake()
    PROGRAMS[programOf(process.argv0, process.env.CNI_COMMAND)]()
  },
})
