/** Clients that ask all the time, each over new connections and over some that stay open, while something happens to the node between. */
import { setTimeout as after } from 'node:timers/promises'
import type { Agent } from '../../../rig/agent.ts'
import type { Answer } from '../../../rig/agent-protocol.ts'

export interface Place {
  readonly address: string
  readonly port: number
}

export interface Traffic {
  /** Ends it. @returns how often it was answered, and a line for each time that it was not, or not by the one before */
  end(): Promise<{ readonly answered: number; readonly failed: readonly string[] }>
}

/** Milliseconds between two questions of each; an emulated node has other things to do too. */
const PAUSE = 700

/** Starts when every connection that is to stay open is answered. Rejects when one is not. */
export const startTraffic = async (pairs: readonly (readonly [client: Agent, place: Place])[]): Promise<Traffic> => {
  const failed: string[] = []
  let [answered, asking] = [0, true]
  const count = (who: string, answer: Answer, expected?: string): void => {
    const name = typeof answer === 'string' ? undefined : answer.name
    if (name === undefined || (expected !== undefined && name !== expected))
      failed.push(`${new Date().toISOString()} ${who}: ${name ?? answer}`)
    else answered += 1
  }
  const askOn = async (client: Agent, place: Place): Promise<() => Promise<void>> => {
    const [who, talk] = [`${client.name} to ${place.address}:${place.port}`, await client.open(place)]
    const first = await talk.say()
    if (typeof first === 'string') throw new Error(`${who}: ${first}`)
    return async () => {
      while (asking) {
        count(who, await client.ask(place))
        count(`${who}, open since before`, await talk.say(), first.name)
        await after(PAUSE)
      }
      await talk.end()
    }
  }
  const begun = await Promise.all(pairs.map(([client, place]) => askOn(client, place)))
  const going = Promise.all(begun.map((goOn) => goOn()))
  return {
    end: async () => {
      asking = false
      await going
      return { answered, failed }
    },
  }
}
