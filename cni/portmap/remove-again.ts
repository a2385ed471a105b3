/** Removing what others may be removing, too. */
import { hasCode } from '#kernel/errno.ts'
import type { NftRemoval } from '#kernel/nftables-rule-messages.ts'
import type { NftRules } from '#kernel/nftables-rules.ts'

/** Every failure but the last was somebody else's success, so this many are enough. */
const TRIES = 20

/** Carries out what `plan` finds to be removed; planned again when something of it is gone already, or has been given another rule. @throws KernelError */
export const removeAgain = (rules: NftRules, plan: () => readonly NftRemoval[]): void => {
  for (let tries = 1; ; tries++) {
    try {
      rules.remove(plan())
      return
    } catch (error) {
      if (tries === TRIES || !hasCode(error, 'ENOENT', 'EBUSY')) throw error
    }
  }
}
