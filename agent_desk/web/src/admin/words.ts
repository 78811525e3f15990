/** Words of administration for codes of the wire. */
import type { Role } from '@/api/types'
import { spoken, t } from '@/locales'
import type { ChannelKind } from './types'

export const ROLES: Record<Role, string> = spoken({
  seat: '座席',
  supervisor: '班长',
  unit: '联动单位',
  administrator: '管理员',
})
export const FORMS = spoken({ authority: '部门或企业', township: '乡镇街道', firm: '加盟企业' })
export const DUTY_RULES = spoken({
  always: '全天接单',
  office: '工作时间接单',
  roster: '按值班表接单',
})
export const CHANNELS: Record<ChannelKind, string> = spoken({
  web: '网页终端',
  phone: '电话播报',
  sms: '短信',
  webhook: '系统接口',
  email: '邮件',
})
export const LEVELS = spoken({
  city: '市',
  county: '县区',
  township: '乡镇街道',
  village: '村社区',
  grid: '网格',
})

/** `2 分钟`, `1 小时 30 分`, `45 秒` */
export function span(seconds: number): string {
  if (seconds < 60) return t('{n} 秒', { n: seconds })
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) {
    const rest = seconds % 60
    return rest
      ? t('{m} 分 {s} 秒', { m: Math.floor(seconds / 60), s: rest })
      : t('{n} 分钟', { n: minutes })
  }
  const rest = minutes % 60
  const hours = Math.floor(minutes / 60)
  return rest ? t('{h} 小时 {m} 分', { h: hours, m: rest }) : t('{n} 小时', { n: hours })
}

/** A field's value in words, for another person's change beside what was typed. */
export function told(value: unknown, words: Record<string, string> = {}): string {
  if (value === undefined || value === null || value === '') return ''
  if (typeof value === 'boolean') return value ? t('是') : t('否')
  if (Array.isArray(value)) return value.map((one) => told(one, words)).join('、')
  const text = String(value as string | number)
  return words[text] ?? text
}
