/** Learning in words and numbers. */
import type { ComparisonInfo, DialPoint, TaxonomyChange } from '@/api/types'
import { spoken, t } from '@/locales'

export const FIELDS: Record<string, string> = spoken({
  emergency: '是否紧急',
  category: '类别',
  level: '等级',
  address: '地址',
  units: '联动单位',
})

export const HEADS: Record<string, string> = spoken({
  emergency_told: '紧急报出',
  emergency_not_denied: '紧急未被判为非紧急',
  no_false_alarm: '非紧急未误报',
  category: '类别（最可能的）',
  lead: '主责单位',
  level: '等级',
})

export const RUNS: Record<string, string> = spoken({
  running: '进行中',
  done: '已完成',
  failed: '未成功',
  cancelled: '已取消',
})

export const BASES: Record<string, string> = spoken({
  corpus: '训练语料（交叉验证）',
  calls: '本中心来电',
  model: '模型自带',
})

const ACTIONS: Record<string, string> = spoken({
  add: '新增',
  edit: '修改',
  retire: '停用',
  roll_back: '退回',
})

const MEMBERS: Record<string, string> = spoken({
  name: '名称',
  level: '等级',
  lead: '主责',
  support: '协同',
  ask: '应问',
  advise: '应告知',
  deadlines: '时限',
})

/** `92.7%`, or a dash where nothing was measured. */
export function percent1(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : `${(value * 100).toFixed(1)}%`
}

/** `+1.2`, in percentage points. */
export function points(value: number): string {
  const text = (value * 100).toFixed(1)
  return value > 0 ? `+${text}` : text
}

/** What a comparison comes to, for the supervisor. */
export function verdict(comparison: ComparisonInfo): string {
  switch (comparison.verdict) {
    case 'better':
      return t('更好：可以启用')
    case 'denies':
      return t('不提供启用：把更多紧急来电判成了非紧急')
    case 'worse':
      return t('不提供启用：{head}变差', {
        head: comparison.worse_in.map((head) => HEADS[head] ?? head).join('、'),
      })
    default:
      return t('不提供启用：没有进步')
  }
}

/** The part of a bar, 0 to 100, for an interval of shares. */
export function span(low: number, high: number): { left: string; width: string } {
  return { left: `${String(low * 100)}%`, width: `${String(Math.max(high - low, 0.004) * 100)}%` }
}

/** How a population stability index reads. */
export function stability(value: number | null): string {
  if (value === null) return t('来电不足 200')
  if (value < 0.1) return t('平稳')
  return value < 0.25 ? t('略有变化') : t('明显变化')
}

/** One line of the taxonomy's history. */
export function change(one: TaxonomyChange): string {
  const action = ACTIONS[one.action] ?? one.action
  if (one.action === 'roll_back') {
    const to = Number(one.after['number'] ?? 0)
    return t('{action}到{to}', { action, to: to === 0 ? t('出厂类目') : t('第 {to} 版', { to }) })
  }
  const name = String(one.after['name'] ?? one.before['name'] ?? '')
  if (one.action !== 'edit') return `${action} ${one.code} ${name}`
  const touched = Object.keys(MEMBERS).filter(
    (member) => JSON.stringify(one.before[member]) !== JSON.stringify(one.after[member]),
  )
  return `${action} ${one.code} ${name}：${touched.map((key) => MEMBERS[key]).join('、')}`
}

/** The point of a false-alarm rate. */
export function pointAt(all: readonly DialPoint[], rate: number): DialPoint | null {
  return all.find((one) => one.false_alarms === rate) ?? null
}

/** Lines of a text field, without empty ones. */
export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}
