import { afterEach, describe, expect, test } from 'bun:test'
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect'
import { createInspectorServer } from '@statelyai/inspect/server'
import { assign, createActor, createMachine, setup } from 'xstate'
import { DEFAULT_API_OPTIONS } from '#api/options'
import { type ApiServer, serveApi } from '#api/serve'
import { Secret } from '#domain/secret'
import { inspectionJson } from '#ops/inspection-json'
import { createInspectorHub } from '#ops/inspector'
import { RealClock } from '#ops/real-clock'
import { FakeClock } from './fake-clock'
import { FakeControl } from './fake-control'
import { fakeLog } from './fake-log'

const running: ApiServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

const child = createMachine({ id: 'feed', initial: 'up', states: { up: { on: { 'feed.lost': 'down' } }, down: {} } })
const machine = setup({
  types: {
    context: {} as { count: number; apiKey: string; key: Secret; big: bigint },
    events: {} as { type: 'bot.start' } | { type: 'bot.pause'; token: string },
  },
  actors: { child },
  actions: { recordStart: assign({ count: ({ context }) => context.count + 1 }) },
}).createMachine({
  id: 'bot',
  context: { count: 0, apiKey: 'LEAKED-A', key: new Secret('LEAKED-B'), big: 12345678901234567890n },
  invoke: { src: 'child', id: 'feed' },
  initial: 'idle',
  states: {
    idle: { tags: 'quiet', on: { 'bot.start': { target: 'active', actions: 'recordStart' } } },
    active: { on: { 'bot.pause': 'idle' } },
  },
})

function hub() {
  const log = fakeLog()
  return { ...createInspectorHub({ clock: new FakeClock(), log }), log }
}

type Message = Record<string, unknown> & { readonly type: string; readonly name?: string; readonly snapshot?: Record<string, unknown> }

// Real machines; the clock is a fake where no server is needed.
describe('inspector hub', () => {
  test('WEB-03 an early viewer sees actor, event and snapshot in the format of @statelyai/inspect', () => {
    const { inspect, attach } = hub()
    const seen: Message[] = []
    attach((text) => seen.push(JSON.parse(text)))
    const actor = createActor(machine, { inspect }).start()
    actor.send({ type: 'bot.start' })
    expect(seen.map((message) => message.type).filter((type, index, all) => all.indexOf(type) === index)).toEqual([
      '@xstate.actor',
      '@xstate.event',
      '@xstate.snapshot',
    ])
    const announced = seen.find((message) => message.name === 'bot')
    expect(announced).toMatchObject({ sessionId: actor.sessionId, rootId: actor.sessionId, _version: '0.7.2', id: null })
    expect(JSON.parse(String(announced?.['definition']))).toMatchObject({
      id: 'bot',
      states: { idle: { on: { 'bot.start': { target: 'active' } } } },
    })
    expect(seen.find((message) => message.name === 'feed')?.['parentId']).toBe(actor.sessionId)
    expect(seen.filter((message) => message['sessionId'] === actor.sessionId).at(-1)).toMatchObject({
      type: '@xstate.snapshot',
      event: { type: 'bot.start' },
      snapshot: {
        status: 'active',
        value: 'active',
        context: { count: 1, big: '12345678901234567890' },
        children: { feed: { id: 'feed' } },
        tags: [],
      },
    })
  })

  test('WEB-03 a late viewer gets the present actors first, children after their parent, none that has ended', () => {
    const { inspect, attach } = hub()
    const ended = createActor(machine, { inspect }).start()
    const present = createActor(machine, { inspect }).start()
    present.send({ type: 'bot.start' })
    ended.stop()
    const seen: Message[] = []
    const detach = attach((text) => seen.push(JSON.parse(text)))
    expect(seen.map((message) => [message.type, message.name, message.snapshot?.['value']])).toEqual([
      ['@xstate.actor', 'bot', 'active'],
      ['@xstate.actor', 'feed', 'up'],
    ])
    detach()
    present.send({ type: 'bot.pause', token: 'LEAKED-C' })
    expect(seen.length).toBe(2)
  })

  test('I9 no secret passes, by type or by name, in context, event or definition', () => {
    const { inspect, attach } = hub()
    let all = ''
    attach((text) => {
      all += text
    })
    const actor = createActor(machine, { inspect }).start()
    actor.send({ type: 'bot.start' })
    actor.send({ type: 'bot.pause', token: 'LEAKED-C' })
    expect(all).not.toContain('LEAKED')
    expect(all).toContain('[secret]')
  })

  test('WEB-03 watching never stops what is watched: a viewer that throws is detached and logged', () => {
    const { inspect, attach, log } = hub()
    const actor = createActor(machine, { inspect }).start()
    let calls = 0
    attach(() => {
      if (++calls > 2) throw new Error('socket is gone')
    })
    actor.send({ type: 'bot.start' })
    actor.send({ type: 'bot.pause', token: 'x' })
    expect(actor.getSnapshot().value).toBe('idle')
    expect(calls).toBe(3)
    expect(log.lines.map((line) => line.level)).toEqual(['error'])
  })

  test('WEB-03 bounds depth, entries, text and the whole', () => {
    const loop: Record<string, unknown> = { name: 'x'.repeat(2_000), list: Array.from({ length: 500 }, (_, index) => index) }
    loop['self'] = loop
    const text = JSON.stringify(inspectionJson(loop))
    expect(text.length).toBeLessThan(50_000)
    expect(text).toContain('[more]')
    expect(text).toContain('[400 more]')
    const wide = Array.from({ length: 90 }, () => Array.from({ length: 90 }, () => ({ value: 1 })))
    expect(JSON.stringify(inspectionJson(wide)).length).toBeLessThan(60_000)
  })
})

describe('inspection socket', () => {
  test('WEB-03 the receiver of @statelyai/inspect sees a running machine over the real server', async () => {
    const clock = new RealClock()
    const log = fakeLog()
    const { inspect, attach } = createInspectorHub({ clock, log })
    const server = serveApi({
      control: new FakeControl(clock),
      clock,
      log,
      page: null,
      inspector: { attach },
      options: { ...DEFAULT_API_OPTIONS, port: 0, inspection: true },
    })
    running.push(server)
    const actor = createActor(machine, { inspect }).start()
    const seen: StatelyInspectionEvent[] = []
    const receiver = createWebSocketReceiver({ server: `ws://127.0.0.1:${server.port}/api/v1/inspect` })
    await new Promise<void>((resolve) => {
      receiver.subscribe((event) => {
        seen.push(event)
        if (seen.length === 2) actor.send({ type: 'bot.start' })
        if (event.type === '@xstate.snapshot') resolve()
      })
    })
    expect(seen.map((event) => event.type)).toEqual(['@xstate.actor', '@xstate.actor', '@xstate.event', '@xstate.snapshot'])
    expect(seen.at(-1)).toMatchObject({ sessionId: actor.sessionId, event: { type: 'bot.start' }, snapshot: { value: 'active' } })
  })

  test('WEB-03 the bridge of the recipe carries the present actors to the viewer of @statelyai/inspect', async () => {
    const clock = new RealClock()
    const log = fakeLog()
    const { inspect, attach } = createInspectorHub({ clock, log })
    const options = { ...DEFAULT_API_OPTIONS, port: 0, inspection: true }
    const server = serveApi({ control: new FakeControl(clock), clock, log, page: null, inspector: { attach }, options })
    running.push(server)
    createActor(machine, { inspect }).start()
    const free = Bun.serve({ port: 0, fetch: () => new Response() })
    const port = free.port ?? 0
    await free.stop(true)
    const relay = createInspectorServer({ port, autoOpen: false })
    const bridge = new WebSocket(`ws://127.0.0.1:${port}`)
    await new Promise((resolve) => {
      bridge.onopen = resolve
    })
    const source = new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/inspect`)
    source.onmessage = ({ data }) => bridge.send(String(data))
    const viewer = new WebSocket(`ws://127.0.0.1:${port}`)
    const names: unknown[] = []
    await new Promise<void>((resolve) => {
      viewer.onmessage = ({ data }) => {
        names.push(JSON.parse(String(data)).name)
        if (names.length === 2) resolve()
      }
    })
    for (const socket of [viewer, source, bridge]) socket.close()
    relay.stop()
    expect(names).toEqual(['bot', 'feed'])
  })
})
