/** IPVS on a real kernel; the witness is ipvsadm. One process for all, since loading tap costs an emulated machine seconds. */
import './ipvs/operations.ts'
import './ipvs/outcomes.ts'
import './ipvs/traffic.ts'
import { scale } from './ipvs/scale.ts'

// ipvs-scale.soak.ts has a thousand.
scale(200)
