/**
 * Tells whether a server of ours could listen at an address now. Port 0 is always free.
 * @throws when the address is not this machine's, or the port may not be used by this user.
 */
export function isPortFree(host: string, port: number): boolean {
  if (port === 0) return true
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      reusePort: false,
      development: false,
      fetch: () => new Response(null, { status: 503 }),
    })
    void server.stop(true)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    throw error
  }
}
