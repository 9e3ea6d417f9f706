/** How much of something is used, 0 to 1: a bar with its words for who cannot see it. */
export function Meter({ what, share }: { readonly what: string; readonly share: number }) {
  return (
    <meter
      className="meter"
      min={0}
      max={1}
      high={0.8}
      optimum={0}
      value={Math.min(1, share)}
      aria-label={`${what}: ${Math.round(share * 100)} % of its limit`}
    />
  )
}
