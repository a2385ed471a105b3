/** IPVS with as many virtual servers as a large cluster has; ipvs.test.ts has fewer. */
import { scale } from './ipvs/scale.ts'

scale(1_000)
