import { createPinia, setActivePinia } from 'pinia'
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AlarmInfo, AlarmRuleInfo } from '@/api/types'
import AlarmLine from '@/components/alarms/AlarmLine.vue'
import RuleRow from '@/components/alarms/RuleRow.vue'
import { useAlarmStore } from '@/stores/alarms'

function alarm(id: string, status: AlarmInfo['status'], sound = true): AlarmInfo {
  return {
    id,
    kind: 'seats_busy',
    name: `110 ${id}`,
    value: 0,
    status,
    sound,
    work_order_id: null,
    began_at: '2026-03-01T00:00:00Z',
    cleared_at: null,
    acknowledged_by: status === 'acknowledged' ? '班长' : '',
  } as AlarmInfo
}

let asked: [string, unknown][] = []
const NOW = Date.parse('2026-03-01T00:02:00Z')

beforeEach(() => {
  setActivePinia(createPinia())
  asked = []
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    asked.push([path, init?.body ? JSON.parse(String(init.body)) : null])
    const body =
      init?.method === 'POST' ? null : JSON.stringify({ alarms: [alarm('a', 'acknowledged')] })
    return Promise.resolve(new Response(body, { status: body ? 200 : 204 }))
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const line = () =>
  mount(AlarmLine, {
    props: { now: NOW },
    global: { stubs: { RouterLink: { template: '<a><slot /></a>' } } },
  })

describe('the line of alarms', () => {
  it('says that there are none', () => {
    expect(line().text()).toContain('没有告警')
  })

  it('shows the newest, counts the rest, and lets all be acknowledged', async () => {
    const store = useAlarmStore()
    store.take({ alarms: [alarm('a', 'raised'), alarm('b', 'raised'), alarm('c', 'acknowledged')] })
    expect(store.sounds).toBe(true)
    const shown = line()
    expect(shown.findAll('[data-testid="alarm"]')).toHaveLength(2)
    expect(shown.text()).toContain('2 分钟')
    expect(shown.text()).toContain('另有 1 项')
    await shown.find('[data-testid="acknowledge-alarms"]').trigger('click')
    await vi.waitFor(() => {
      expect(store.sounds).toBe(false)
    }, 30_000)
    expect(asked[0]).toEqual(['/api/alarms/acknowledge', { ids: ['a', 'b'] }])
    shown.unmount()
  })

  it('is silent for alarms without sound', () => {
    const store = useAlarmStore()
    store.take({ alarms: [alarm('a', 'raised', false)] })
    expect(store.sounds).toBe(false)
  })
})

describe('a rule', () => {
  const rule = {
    id: 'r',
    kind: 'longest_wait',
    name: '排队过久',
    queue_code: '110',
    threshold: 15,
    unit: 'seconds',
    least: 3,
    most: 3600,
    window_minutes: 0,
    near: false,
    active: true,
    sound: true,
    hours: '',
    version: 4,
    editable: true,
  } as AlarmRuleInfo
  const row = (one: AlarmRuleInfo) =>
    mount(RuleRow, { props: { rule: one, queueName: '110', busy: false } })

  it('is saved whole with the version it was shown in, and only when it makes sense', async () => {
    const shown = row(rule)
    expect(shown.find('[data-testid="save-rule"]').exists()).toBe(false)
    await shown.find('[data-testid="threshold"]').setValue('1')
    expect(shown.find('[data-testid="save-rule"]').attributes('disabled')).toBeDefined()
    expect(shown.text()).toContain('3 到 3600')
    await shown.find('[data-testid="threshold"]').setValue('30')
    await shown.find('[data-testid="save-rule"]').trigger('click')
    expect(shown.emitted('save')).toEqual([
      [
        {
          version: 4,
          threshold: 30,
          window_minutes: 0,
          near: false,
          active: true,
          sound: true,
          hours: '',
        },
      ],
    ])
  })

  it('of a higher centre is only read', () => {
    const shown = row({ ...rule, editable: false })
    expect(shown.find('[data-testid="threshold"]').attributes('disabled')).toBeDefined()
    expect(shown.text()).toContain('由上级中心维护')
  })
})
