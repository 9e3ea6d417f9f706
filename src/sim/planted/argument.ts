/** What a simulating process is told the name of its planted bug with; the preload reads it (the environment is for `config` alone). */
export const PLANTED_ARGUMENT = '--planted='
