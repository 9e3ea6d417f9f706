import { describe, expect, test } from 'bun:test'
import { isMinted, mintApproved } from '#risk/approved'
import { RiskGate } from '#risk/gate'
import { DEFAULT_RISK_LIMITS } from '#risk/types'
import { d, proposalOf, viewOf } from './fixtures'

describe('approved', () => {
  test('RSK-01 mints a frozen copy that carries the quantity that passed', () => {
    const proposal = proposalOf()
    const approved = mintApproved(proposal, d('0.001'))
    expect(approved).not.toBe(proposal)
    expect(approved).toMatchObject({ ...proposal, quantity: d('0.001') })
    expect(Object.isFrozen(approved)).toBe(true)
    expect(proposal.quantity).toBe(d('0.002'))
  })

  test('RSK-01 tells what the gate minted from a copy of it and from a look-alike', () => {
    const verdict = new RiskGate(DEFAULT_RISK_LIMITS).judge(proposalOf(), viewOf())
    if (verdict.kind !== 'pass') throw new Error(verdict.code)
    expect(isMinted(verdict.approved)).toBe(true)
    expect(isMinted({ ...verdict.approved })).toBe(false)
    expect(isMinted(proposalOf())).toBe(false)
  })

  test('RSK-01 lets the gate alone import the mint', async () => {
    const root = `${import.meta.dir}/../../src`
    const importers: string[] = []
    for await (const path of new Bun.Glob('**/*.{ts,tsx}').scan(root)) {
      const text = await Bun.file(`${root}/${path}`).text()
      if (/\bmintApproved\b/.test(text)) importers.push(path)
      if (path !== 'risk/approved.ts') expect(text, path).not.toMatch(/\bas (unknown as )?Approved\b/)
    }
    expect(importers.sort()).toEqual(['risk/approved.ts', 'risk/gate.ts'])
  })
})
