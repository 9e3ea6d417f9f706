import { describe, expect, test } from 'bun:test'
import { BoundedMap } from '#sim/monitors/bounded-map'

describe('what monitors remember of finished orders', () => {
  test('forgets the oldest beyond its number; what is set again is young', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    map.set('c', 4)
    expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([3, undefined, 4])
    expect(map.delete('a')).toBe(true)
  })

  test('keeps what may not be forgotten, and grows where there is too much of it', () => {
    const held = new Set(['a'])
    const map = new BoundedMap<string, number>(2, (key) => !held.has(key))
    for (const key of ['a', 'b', 'c', 'd']) map.set(key, 1)
    expect([...map.entries()].map(([key]) => key).sort()).toEqual(['a', 'd'])
    held.add('d').add('e')
    map.set('e', 1)
    expect([...map.entries()]).toHaveLength(3)
    map.clear()
    expect([...map.entries()]).toEqual([])
  })

  test('makes what is missing, once', () => {
    const map = new BoundedMap<string, number[]>(2)
    map.make('a', () => []).push(1)
    map.make('a', () => []).push(2)
    expect(map.get('a')).toEqual([1, 2])
  })
})
