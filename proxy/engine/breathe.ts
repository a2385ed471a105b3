/** Letting others have a turn. */

/**
 * Rounds of the event loop in which a question comes to its answer: the connection is taken in one, what is asked is read and answered in the
 * next, and one is spare for a second asker. With one round between two turns, an answer would wait for two turns more.
 */
const ROUNDS = 3

/** Runs `action` after all that waits (network events, health requests), and what that leads to at once, was served. */
export const breathe = (action: () => void, rounds = ROUNDS): void => {
  setImmediate(rounds === 1 ? action : () => breathe(action, rounds - 1))
}
