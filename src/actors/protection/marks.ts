/** What the intents of protective exits have in their ids: their orders are known by it after a restart too. */
export const PROTECTION_MARK = ':protect:'
/** And those of stops that rest at the venue. */
export const NATIVE_MARK = `${PROTECTION_MARK}native:`
